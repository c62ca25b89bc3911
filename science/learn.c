#include "learn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "numerics/blas.h"
#include "numerics/machine.h"

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

/* States by rows: X is all but the last, Y all but the first. */
struct series {
  const double *x, *y;
  blasint d, steps;
  double ridge;
};

/*
 * The work of a regression. LAPACK reads by columns, so matrices are held transposed: what is A' by rows is A to it.
 */
struct solver {
  const struct blas *blas;
  double *factor; /* d x d, of X'X + ridge I */
  double *step;   /* d x d, a correction to A' */
  double *error;  /* steps x d, Y - X A */
};

static double *matrix(size_t rows, size_t columns) {
  if (columns > SIZE_MAX / sizeof(double) / rows) return NULL;
  return malloc(rows * columns * sizeof(double));
}

/* A' = (X'Y)' solved for; false if X'X + ridge I is not positive definite. */
static bool solve(const struct series *series, struct solver *solver, double *at) {
  const struct blas *blas = solver->blas;
  const blasint d = series->d;
  blasint info = 0;
  blas->dsyrk(CblasRowMajor, CblasUpper, CblasTrans, d, series->steps, 1.0, series->x, d, 0.0, solver->factor, d);
  for (blasint i = 0; i < d; i++) solver->factor[(size_t)i * (size_t)d + (size_t)i] += series->ridge;
  blas->dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, d, d, series->steps, 1.0, series->y, d, series->x, d, 0.0, at,
              d);
  blas->dposv("L", &d, &d, solver->factor, &d, at, &d, &info, 1);
  return info == 0;
}

/*
 * One correction, (X'X + ridge I) dA = X'(Y - X A) - ridge A. X'X squares the condition number, which a constant entry
 * of the state (K) makes large; this residual does not pass through X'X, and so the correction wins back the digits
 * (Bjorck, "Stability analysis of the method of seminormal equations for linear least squares problems", 1987).
 */
static void correct(const struct series *series, struct solver *solver, double *at) {
  const struct blas *blas = solver->blas;
  const blasint d = series->d;
  blasint info = 0;
  const size_t cells = (size_t)d * (size_t)d;
  memcpy(solver->error, series->y, (size_t)series->steps * (size_t)d * sizeof *solver->error);
  memcpy(solver->step, at, cells * sizeof *at);
  blas->dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, series->steps, d, d, -1.0, series->x, d, at, d, 1.0,
              solver->error, d);
  blas->dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, d, d, series->steps, 1.0, solver->error, d, series->x, d,
              -series->ridge, solver->step, d);
  blas->dpotrs("L", &d, &d, solver->factor, &d, solver->step, &d, &info, 1);
  for (size_t i = 0; i < cells; i++) at[i] += solver->step[i];
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

/* In one thread: sums of several would come out otherwise, and A with them, wherever there are more or fewer cores. */
static bool learn(const struct series *series, struct solver *solver, double *a) {
  const int threads = solver->blas->get_threads();
  solver->blas->set_threads(1);
  const bool solved = solve(series, solver, a);
  if (solved) {
    correct(series, solver, a);
    transpose(a, (size_t)series->d);
  }
  solver->blas->set_threads(threads);
  return solved;
}

enum vordec_status learn_operator(const double *z, size_t count, size_t d, double ridge, double *a,
                                  struct vordec_error *error) {
  enum vordec_status status = check_input(z, count, d, ridge, error);
  if (status != VORDEC_OK) return status;
  const struct series series = {.x = z, .y = z + d, .d = (blasint)d, .steps = (blasint)(count - 1), .ridge = ridge};
  const struct blas *blas = blas_open(machine_processors(), error);
  if (!blas) return error->status;
  struct solver solver = {blas, matrix(d, d), matrix(d, d), matrix(count - 1, d)};
  if (!solver.factor || !solver.step || !solver.error) {
    status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY,
                         "learning: out of memory for %zu states of %zu entries", count, d);
    goto done;
  }
  if (!learn(&series, &solver, a)) {
    status = vordec_fail(error, VORDEC_E_FAILED, 0,
                         "learning: X'X + %g I is not positive definite; a larger ridge is needed", ridge);
    goto done;
  }
  status = check_operator(a, d, error);

done:
  free(solver.factor);
  free(solver.step);
  free(solver.error);
  return status;
}
