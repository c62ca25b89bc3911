/* SPDX-License-Identifier: MIT */
#include "learn.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "numerics/blas.h"
#include "numerics/machine.h"
#include "workers.h"

#define SERIES_TEXT 320

/* "series 7 (runs/7.npz), " where there are several, else nothing. */
static const char *series_text(const struct learn_desc *desc, size_t at, char *text, size_t size) {
  *text = '\0';
  if (desc->total < 2) return text;
  if (desc->names) {
    snprintf(text, size, "series %zu (%s), ", desc->first + at, desc->names[at]);
  } else {
    snprintf(text, size, "series %zu, ", desc->first + at);
  }
  return text;
}

static enum vordec_status check_finite(const struct learn_desc *desc, size_t at, struct vordec_error *error) {
  const struct learn_series *series = &desc->series[at];
  const size_t d = desc->d;
  char text[SERIES_TEXT];
  for (size_t i = 0; i < series->count * d; i++) {
    if (isfinite(series->z[i])) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "learning: %sstate %zu, entry %zu is not finite",
                       series_text(desc, at, text, sizeof text), i / d, i % d);
  }
  return VORDEC_OK;
}

static enum vordec_status check_series(const struct learn_desc *desc, size_t at, struct vordec_error *error) {
  const size_t count = desc->series[at].count, d = desc->d;
  char text[SERIES_TEXT];
  if (count < 2) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "learning: %s%zu state(s) are too few; a step needs 2",
                       series_text(desc, at, text, sizeof text), count);
  }
  if (d == 0 || d > INT32_MAX || count > INT32_MAX) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "learning: %s%zu states of %zu entries are out of range (1 .. %d)",
                       series_text(desc, at, text, sizeof text), count, d, INT32_MAX);
  }
  return VORDEC_OK;
}

static enum vordec_status check_input(const struct learn_desc *desc, struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < desc->count && !status; i++) status = check_series(desc, i, error);
  if (!status && (!(desc->ridge >= 0) || !isfinite(desc->ridge))) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "ridge: %g does not regularise; it must be 0 or more", desc->ridge);
  }
  for (size_t i = 0; i < desc->count && !status; i++) status = check_finite(desc, i, error);
  return status;
}

/* ---- the work in tiles ---- */

/* Each tile is made by one thread with single-threaded BLAS, in an order that is fixed within it: so bits depend
 * neither on the number of threads nor on who makes which tile. */
#define TILE 192
#define PANEL 96 /* right-hand sides that are solved for together */

/*
 * States by rows: X is all but the last, Y all but the first. LAPACK reads by columns, so matrices are held transposed:
 * what is A' by rows is A to it.
 */
struct learner {
  const struct learn_desc *desc;
  const struct blas *blas;
  struct workers workers;
  const double *x, *y; /* of the series that is being added */
  size_t d, steps;
  double ridge;
  double *factor; /* d x d, of X'X + ridge I: by rows its upper triangle; (X'Y)' and then A' lie behind it */
  double *at;     /* d x d, A' */
  double *step;   /* d x d, a correction to A' */
  double *error;  /* steps x d, Y - X A */
  double keep;    /* what becomes of the term that X'E is added to */
  size_t column;  /* of tiles, that is being factorised */
};

typedef void (*tile_work)(struct learner *learner, size_t tile);

struct round {
  struct learner *learner;
  tile_work work;
  size_t tiles;
  atomic_size_t next;
};

static void take_tiles(void *ctx, size_t slot, size_t slots) {
  struct round *round = ctx;
  (void)slot;
  (void)slots;
  for (size_t i = atomic_fetch_add(&round->next, 1); i < round->tiles; i = atomic_fetch_add(&round->next, 1)) {
    round->work(round->learner, i);
  }
}

static void for_tiles(struct learner *learner, size_t tiles, tile_work work) {
  struct round round = {.learner = learner, .work = work, .tiles = tiles};
  workers_run(&learner->workers, take_tiles, &round);
}

static size_t parts(size_t length, size_t size) {
  return (length + size - 1) / size;
}

/* Entries of part i. */
static blasint width(size_t length, size_t size, size_t i) {
  const size_t left = length - i * size;
  return (blasint)(left < size ? left : size);
}

/* The tile of a square matrix. */
struct place {
  size_t row, column; /* of the first entry */
  blasint rows, columns;
};

static struct place place_of(size_t d, size_t tile) {
  const size_t across = parts(d, TILE), row = tile / across, column = tile % across;
  return (struct place){row * TILE, column * TILE, width(d, TILE, row), width(d, TILE, column)};
}

static size_t square_tiles(const struct learner *learner) {
  return parts(learner->d, TILE) * parts(learner->d, TILE);
}

/* ---- the equations ---- */

static void multiply_factor(struct learner *learner, size_t tile) {
  const struct place at = place_of(learner->d, tile);
  const blasint d = (blasint)learner->d, steps = (blasint)learner->steps;
  if (at.row > at.column) return; /* below the diagonal */
  double *to = learner->factor + at.row * learner->d + at.column;
  learner->blas->dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, at.rows, at.columns, steps, 1.0, learner->x + at.row, d,
                       learner->x + at.column, d, 0.0, to, d);
}

/* (X'Y)'. */
static void multiply_right(struct learner *learner, size_t tile) {
  const struct place at = place_of(learner->d, tile);
  const blasint d = (blasint)learner->d, steps = (blasint)learner->steps;
  learner->blas->dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, at.rows, at.columns, steps, 1.0, learner->y + at.row, d,
                       learner->x + at.column, d, 0.0, learner->at + at.row * learner->d + at.column, d);
}

/* ---- the factorisation ---- */

static double *factor_tile(const struct learner *learner, size_t row, size_t column) {
  return learner->factor + row * TILE * learner->d + column * TILE;
}

/* The tiles to the right of the diagonal one that was just factorised. */
static void factorise_row(struct learner *learner, size_t tile) {
  const size_t k = learner->column, j = k + 1 + tile;
  const blasint d = (blasint)learner->d;
  learner->blas->dtrsm(CblasRowMajor, CblasLeft, CblasUpper, CblasTrans, CblasNonUnit, width(learner->d, TILE, k),
                       width(learner->d, TILE, j), 1.0, factor_tile(learner, k, k), d, factor_tile(learner, k, j), d);
}

/* What that row takes away from the tiles below it. */
static void update_rest(struct learner *learner, size_t tile) {
  const size_t k = learner->column, left = parts(learner->d, TILE) - k - 1;
  const size_t i = k + 1 + tile / left, j = k + 1 + tile % left;
  const blasint d = (blasint)learner->d;
  if (i > j) return;
  learner->blas->dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, width(learner->d, TILE, i), width(learner->d, TILE, j),
                       width(learner->d, TILE, k), -1.0, factor_tile(learner, k, i), d, factor_tile(learner, k, j), d,
                       1.0, factor_tile(learner, i, j), d);
}

/* False: it is not positive definite. */
static bool factorise(struct learner *learner) {
  const size_t across = parts(learner->d, TILE);
  const blasint d = (blasint)learner->d;
  for (size_t k = 0; k < across; k++) {
    const blasint size = width(learner->d, TILE, k);
    const size_t left = across - k - 1;
    blasint info = 0;
    learner->column = k;
    learner->blas->dpotrf("L", &size, factor_tile(learner, k, k), &d, &info, 1);
    if (info != 0) return false;
    for_tiles(learner, left, factorise_row);
    for_tiles(learner, left * left, update_rest);
  }
  return true;
}

/* ---- the solution, and one correction ---- */

static void solve_panel(const struct learner *learner, double *sides, size_t panel) {
  const blasint d = (blasint)learner->d, columns = width(learner->d, PANEL, panel);
  blasint info = 0;
  learner->blas->dpotrs("L", &d, &columns, learner->factor, &d, sides + panel * PANEL * learner->d, &d, &info, 1);
}

static void solve_operator(struct learner *learner, size_t panel) {
  solve_panel(learner, learner->at, panel);
}

static void subtract_prediction(struct learner *learner, size_t tile) {
  const size_t across = parts(learner->d, TILE), row = tile / across, column = tile % across;
  const size_t first = row * TILE * learner->d;
  const blasint d = (blasint)learner->d;
  learner->blas->dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, width(learner->steps, TILE, row),
                       width(learner->d, TILE, column), d, -1.0, learner->x + first, d,
                       learner->at + column * TILE * learner->d, d, 1.0, learner->error + first + column * TILE, d);
}

static void multiply_error(struct learner *learner, size_t tile) {
  const struct place at = place_of(learner->d, tile);
  const blasint d = (blasint)learner->d, steps = (blasint)learner->steps;
  learner->blas->dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, at.rows, at.columns, steps, 1.0,
                       learner->error + at.row, d, learner->x + at.column, d, learner->keep,
                       learner->step + at.row * learner->d + at.column, d);
}

static void solve_correction(struct learner *learner, size_t panel) {
  const size_t first = panel * PANEL * learner->d;
  const size_t count = (size_t)width(learner->d, PANEL, panel) * learner->d;
  solve_panel(learner, learner->step, panel);
  for (size_t i = first; i < first + count; i++) learner->at[i] += learner->step[i];
}

static void transpose(double *to, const double *from, size_t d) {
  for (size_t i = 0; i < d; i++) {
    for (size_t j = 0; j < d; j++) to[j * d + i] = from[i * d + j];
  }
}

/* ---- sums over the series ---- */

static enum vordec_status fail_memory(const struct learner *learner, struct vordec_error *error) {
  size_t states = 0;
  for (size_t i = 0; i < learner->desc->count; i++) states += learner->desc->series[i].count;
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY,
                     "learning: out of memory for %zu states of %zu entries", states, learner->d);
}

/* Zeroed: half of X'X is never made, but added. */
static double *matrix(size_t rows, size_t columns) {
  if (columns > SIZE_MAX / sizeof(double) / rows) return NULL;
  return calloc(rows * columns, sizeof(double));
}

static void take_series(struct learner *learner, size_t at) {
  const struct learn_series *series = &learner->desc->series[at];
  learner->x = series->z;
  learner->y = series->z + learner->d;
  learner->steps = series->count - 1;
}

/* X'X and (X'Y)' of a series, one behind the other. */
static enum vordec_status add_products(struct learner *learner, size_t at, struct ordered_sum *sum,
                                       struct vordec_error *error) {
  double *term = matrix(2 * learner->d, learner->d);
  if (!term) return fail_memory(learner, error);
  take_series(learner, at);
  learner->factor = term;
  learner->at = term + learner->d * learner->d;
  blas_begin();
  for_tiles(learner, square_tiles(learner), multiply_factor);
  for_tiles(learner, square_tiles(learner), multiply_right);
  blas_end();
  learner->factor = learner->at = NULL; /* the sum's from now on */
  ordered_sum_push(sum, learner->desc->first + at, 0, term);
  return VORDEC_OK;
}

/*
 * One correction, (X'X + ridge I) dA = X'(Y - X A) - ridge A. X'X squares the condition number, which a constant entry
 * of the state (K) makes large; this residual does not pass through X'X, and so the correction wins back the digits
 * (Bjorck, "Stability analysis of the method of seminormal equations for linear least squares problems", 1987). The
 * first series brings - ridge A.
 */
static enum vordec_status add_errors(struct learner *learner, size_t at, struct ordered_sum *sum,
                                     struct vordec_error *error) {
  const size_t d = learner->d;
  take_series(learner, at);
  double *term = matrix(d, d), *errors = matrix(learner->steps, d);
  if (!term || !errors) {
    free(term);
    free(errors);
    return fail_memory(learner, error);
  }
  const bool first = learner->desc->first + at == 0;
  learner->step = term;
  learner->error = errors;
  learner->keep = first ? -learner->ridge : 0.0;
  if (first) memcpy(term, learner->at, d * d * sizeof *term);
  memcpy(learner->error, learner->y, learner->steps * d * sizeof *learner->error);
  blas_begin();
  for_tiles(learner, parts(learner->steps, TILE) * parts(d, TILE), subtract_prediction);
  for_tiles(learner, square_tiles(learner), multiply_error);
  blas_end();
  free(errors);
  learner->error = learner->step = NULL;
  ordered_sum_push(sum, learner->desc->first + at, 0, term);
  return VORDEC_OK;
}

typedef enum vordec_status (*add_term)(struct learner *learner, size_t at, struct ordered_sum *sum,
                                       struct vordec_error *error);

/* Over all series, on the one that solves; *total is NULL elsewhere. */
static enum vordec_status add_up(struct learner *learner, const struct learn_party *party, size_t length, add_term add,
                                 double **total, struct vordec_error *error) {
  struct ordered_sum sum = {.length = length};
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < learner->desc->count && !status; i++) status = add(learner, i, &sum, error);
  status = party->settle(party->ctx, status, error);
  if (!status) status = party->gather(party->ctx, &sum, error);
  *total = party->solves && !status ? ordered_sum_total(&sum) : NULL;
  if (party->solves && !status && !*total) {
    status = vordec_fail(error, VORDEC_E_INPUT, 0, "learning: there are no states to learn from");
  }
  ordered_sum_release(&sum);
  return status;
}

/* ---- the operator ---- */

static enum vordec_status check_operator(const double *a, size_t d, struct vordec_error *error) {
  for (size_t i = 0; i < d * d; i++) {
    if (isfinite(a[i])) continue;
    return vordec_fail(error, VORDEC_E_FAILED, 0, "learning: entry (%zu, %zu) of the operator is not finite", i / d,
                       i % d);
  }
  return VORDEC_OK;
}

/* From the sums to A', which takes the place of (X'Y)'. */
static enum vordec_status solve(struct learner *learner, struct vordec_error *error) {
  const size_t d = learner->d;
  for (size_t i = 0; i < d; i++) learner->factor[i * d + i] += learner->ridge;
  blas_begin();
  const bool definite = factorise(learner);
  if (definite) for_tiles(learner, parts(d, PANEL), solve_operator);
  blas_end();
  if (definite) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_FAILED, 0,
                     "learning: X'X + %g I is not positive definite; a larger ridge is needed", learner->ridge);
}

static enum vordec_status correct(struct learner *learner, double *a, struct vordec_error *error) {
  blas_begin();
  for_tiles(learner, parts(learner->d, PANEL), solve_correction);
  blas_end();
  transpose(a, learner->at, learner->d);
  return check_operator(a, learner->d, error);
}

/* sums: of X'X and (X'Y)'. */
static enum vordec_status learn(struct learner *learner, const struct learn_party *party, double **sums, double **step,
                                double *a, struct vordec_error *error) {
  const size_t square = learner->d * learner->d;
  enum vordec_status status = add_up(learner, party, 2 * square, add_products, sums, error);
  if (!status && !*sums) *sums = matrix(2 * learner->d, learner->d); /* where A' is taken in */
  if (!status && !*sums) status = fail_memory(learner, error);
  if (*sums) {
    learner->factor = *sums;
    learner->at = *sums + square;
  }
  if (!status && party->solves) status = solve(learner, error);
  status = party->settle(party->ctx, status, error);
  if (status || !learner->at) return status;
  party->share(party->ctx, learner->at, square);
  status = add_up(learner, party, square, add_errors, step, error);
  learner->step = *step;
  if (!status && party->solves) status = correct(learner, a, error);
  status = party->settle(party->ctx, status, error);
  if (!status) party->share(party->ctx, a, square);
  return status;
}

/* Opens BLAS, and starts as many threads as it may be called by. */
static enum vordec_status open_all(struct learner *learner, uint32_t threads, struct vordec_error *error) {
  size_t callers = threads ? threads : machine_processors();
  learner->blas = blas_open(&callers, error);
  return learner->blas ? workers_start(&learner->workers, (uint32_t)callers, error) : error->status;
}

/* ---- a process alone ---- */

static enum vordec_status settle_alone(void *ctx, enum vordec_status status, struct vordec_error *error) {
  (void)ctx;
  (void)error;
  return status;
}

static enum vordec_status gather_alone(void *ctx, struct ordered_sum *sum, struct vordec_error *error) {
  (void)ctx;
  (void)sum;
  (void)error;
  return VORDEC_OK;
}

static void share_alone(void *ctx, double *values, size_t count) {
  (void)ctx;
  (void)values;
  (void)count;
}

enum vordec_status learn_operator(const struct learn_desc *desc, const struct learn_party *party, double *a,
                                  struct vordec_error *error) {
  static const struct learn_party alone = {NULL, true, settle_alone, gather_alone, share_alone};
  struct learner learner = {.desc = desc, .d = desc->d, .ridge = desc->ridge};
  double *sums = NULL, *step = NULL;
  if (!party) party = &alone;
  enum vordec_status status = check_input(desc, error);
  if (!status) status = open_all(&learner, desc->threads, error);
  status = party->settle(party->ctx, status, error);
  if (!status) status = learn(&learner, party, &sums, &step, a, error);
  workers_stop(&learner.workers);
  free(sums);
  free(step);
  return status;
}
