#include "learn.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "numerics/blas.h"
#include "numerics/machine.h"
#include "workers.h"

static enum vordec_status check_input(const double *z, size_t count, size_t d, double ridge,
                                      struct vordec_error *error) {
  if (count < 2) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "learning: %zu state(s) are too few; a step needs 2", count);
  }
  if (d == 0 || d > INT32_MAX || count > INT32_MAX) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "learning: %zu states of %zu entries are out of range (1 .. %d)",
                       count, d, INT32_MAX);
  }
  if (!(ridge >= 0) || !isfinite(ridge)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "ridge: %g does not regularise; it must be 0 or more", ridge);
  }
  for (size_t i = 0; i < count * d; i++) {
    if (isfinite(z[i])) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "learning: state %zu, entry %zu is not finite", i / d, i % d);
  }
  return VORDEC_OK;
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
  const struct blas *blas;
  struct workers workers;
  const double *x, *y;
  size_t d, steps;
  double ridge;
  double *at;     /* d x d, A' */
  double *factor; /* d x d, of X'X + ridge I: by rows its upper triangle */
  double *step;   /* d x d, a correction to A' */
  double *error;  /* steps x d, Y - X A */
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
  for (blasint i = 0; at.row == at.column && i < at.rows; i++) to[(size_t)i * learner->d + (size_t)i] += learner->ridge;
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
                       learner->error + at.row, d, learner->x + at.column, d, -learner->ridge,
                       learner->step + at.row * learner->d + at.column, d);
}

static void solve_correction(struct learner *learner, size_t panel) {
  const size_t first = panel * PANEL * learner->d;
  const size_t count = (size_t)width(learner->d, PANEL, panel) * learner->d;
  solve_panel(learner, learner->step, panel);
  for (size_t i = first; i < first + count; i++) learner->at[i] += learner->step[i];
}

/*
 * One correction, (X'X + ridge I) dA = X'(Y - X A) - ridge A. X'X squares the condition number, which a constant entry
 * of the state (K) makes large; this residual does not pass through X'X, and so the correction wins back the digits
 * (Bjorck, "Stability analysis of the method of seminormal equations for linear least squares problems", 1987).
 */
static void correct(struct learner *learner) {
  const size_t d = learner->d;
  memcpy(learner->error, learner->y, learner->steps * d * sizeof *learner->error);
  memcpy(learner->step, learner->at, d * d * sizeof *learner->step);
  for_tiles(learner, parts(learner->steps, TILE) * parts(d, TILE), subtract_prediction);
  for_tiles(learner, square_tiles(learner), multiply_error);
  for_tiles(learner, parts(d, PANEL), solve_correction);
}

static void transpose(double *a, size_t d) {
  for (size_t i = 0; i < d; i++) {
    for (size_t j = i + 1; j < d; j++) {
      const double swap = a[i * d + j];
      a[i * d + j] = a[j * d + i];
      a[j * d + i] = swap;
    }
  }
}

static enum vordec_status check_operator(const double *a, size_t d, struct vordec_error *error) {
  for (size_t i = 0; i < d * d; i++) {
    if (isfinite(a[i])) continue;
    return vordec_fail(error, VORDEC_E_FAILED, 0, "learning: entry (%zu, %zu) of the operator is not finite", i / d,
                       i % d);
  }
  return VORDEC_OK;
}

/* False: X'X + ridge I is not positive definite. */
static bool learn(struct learner *learner) {
  blas_begin();
  for_tiles(learner, square_tiles(learner), multiply_factor);
  for_tiles(learner, square_tiles(learner), multiply_right);
  const bool definite = factorise(learner);
  if (definite) {
    for_tiles(learner, parts(learner->d, PANEL), solve_operator);
    correct(learner);
    transpose(learner->at, learner->d);
  }
  blas_end();
  return definite;
}

static double *matrix(size_t rows, size_t columns) {
  if (columns > SIZE_MAX / sizeof(double) / rows) return NULL;
  return malloc(rows * columns * sizeof(double));
}

/* Opens BLAS, and starts as many threads as it may be called by. */
static enum vordec_status open_all(struct learner *learner, uint32_t threads, struct vordec_error *error) {
  size_t callers = threads ? threads : machine_processors();
  learner->blas = blas_open(&callers, error);
  return learner->blas ? workers_start(&learner->workers, (uint32_t)callers, error) : error->status;
}

enum vordec_status learn_operator(const struct learn_desc *desc, double *a, struct vordec_error *error) {
  const size_t d = desc->d;
  enum vordec_status status = check_input(desc->z, desc->count, d, desc->ridge, error);
  if (status) return status;
  struct learner learner = {
      .x = desc->z, .y = desc->z + d, .d = d, .steps = desc->count - 1, .ridge = desc->ridge, .at = a};
  status = open_all(&learner, desc->threads, error);
  if (status) return status;
  learner.factor = matrix(d, d);
  learner.step = matrix(d, d);
  learner.error = matrix(learner.steps, d);
  if (!learner.factor || !learner.step || !learner.error) {
    status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY,
                         "learning: out of memory for %zu states of %zu entries", desc->count, d);
  } else if (!learn(&learner)) {
    status = vordec_fail(error, VORDEC_E_FAILED, 0,
                         "learning: X'X + %g I is not positive definite; a larger ridge is needed", desc->ridge);
  } else {
    status = check_operator(a, d, error);
  }
  workers_stop(&learner.workers);
  free(learner.factor);
  free(learner.step);
  free(learner.error);
  return status;
}
