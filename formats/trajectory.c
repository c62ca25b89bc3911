#include "trajectory.h"

#include <math.h>
#include <vordec/error.h>

#include "array_format.h"

static enum vordec_status check_shape(struct trajectory *trajectory, struct array_source *source,
                                      struct vordec_error *error) {
  const struct array_rows *rows = trajectory->rows;
  char shape[NPY_SHAPE_TEXT_MAX];
  if (rows->ndim != 3 || rows->shape[0] == 0 || rows->shape[1] != rows->shape[2]) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: traj: shape %s: expected (T, N, N) with at least one frame",
                       source->path, npy_shape_text(rows->shape, rows->ndim, shape, sizeof shape));
  }
  trajectory->frames = rows->shape[0];
  trajectory->n = rows->shape[1];
  if (trajectory->n < 4 || trajectory->n > VORDEC_MAX_N) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: traj: %zu is not a grid size (4 .. %u)", source->path,
                       trajectory->n, VORDEC_MAX_N);
  }
  return VORDEC_OK;
}

static enum vordec_status read_count(struct array_source *source, const char *key, int64_t *value,
                                     struct vordec_error *error) {
  return array_source_has(source, key) ? array_source_read_i64(source, key, value, error) : VORDEC_OK;
}

static enum vordec_status read_scalars(struct trajectory *trajectory, struct array_source *source,
                                       struct vordec_error *error) {
  int64_t n = (int64_t)trajectory->n, stride = 1;
  trajectory->dt = NAN;
  trajectory->seed = -1;
  enum vordec_status status = read_count(source, "N", &n, error);
  if (!status) status = read_count(source, "stride", &stride, error);
  if (!status) status = read_count(source, "seed", &trajectory->seed, error);
  if (!status && array_source_has(source, "dt")) status = array_source_read_f64(source, "dt", &trajectory->dt, error);
  if (status) return status;
  if (n != (int64_t)trajectory->n) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: N: %lld, but the frames of traj have N = %zu", source->path,
                       (long long)n, trajectory->n);
  }
  if (stride < 1) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: stride: %lld is not a number of steps", source->path,
                       (long long)stride);
  }
  if (array_source_has(source, "dt") && !(isfinite(trajectory->dt) && trajectory->dt > 0.0)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: dt: %g is not a time step", source->path, trajectory->dt);
  }
  trajectory->dt *= (double)stride;
  return VORDEC_OK;
}

enum vordec_status trajectory_read(const char *path, struct trajectory *trajectory, struct vordec_error *error) {
  struct array_source *source = NULL;
  *trajectory = (struct trajectory){.path = path};
  enum vordec_status status = array_format_open(path, &source, error);
  if (!status) status = array_source_read_rows(source, "traj", &trajectory->rows, error);
  if (!status) status = check_shape(trajectory, source, error);
  if (!status) status = read_scalars(trajectory, source, error);
  array_source_close(source);
  if (status) trajectory_release(trajectory);
  return status;
}

enum vordec_status trajectory_frame(const struct trajectory *trajectory, size_t i, double *omega,
                                    struct vordec_error *error) {
  const size_t n = trajectory->n;
  const enum vordec_status status = array_rows_read(trajectory->rows, i, omega, error);
  if (status) return status;
  for (size_t j = 0; j < n * n; j++) {
    if (isfinite(omega[j])) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: traj: frame %zu is %s at row %zu, column %zu", trajectory->path,
                       i, isnan(omega[j]) ? "NaN" : "infinite", j / n, j % n);
  }
  return VORDEC_OK;
}

void trajectory_release(struct trajectory *trajectory) {
  array_rows_close(trajectory->rows);
  *trajectory = (struct trajectory){0};
}
