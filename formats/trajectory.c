#include "trajectory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/backend.h>

#include "io/npz.h"

static enum vordec_status check_shape(struct trajectory *trajectory, struct npz *npz, struct vordec_error *error) {
  const struct npy_array *array = &trajectory->array;
  char shape[NPY_SHAPE_TEXT_MAX];
  if (array->ndim != 3 || array->shape[0] == 0 || array->shape[1] != array->shape[2]) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: traj: shape %s: expected (T, N, N) with at least one frame",
                       npz_path(npz), npy_shape_text(array->shape, array->ndim, shape, sizeof shape));
  }
  trajectory->frames = array->shape[0];
  trajectory->n = array->shape[1];
  if (trajectory->n < 4 || trajectory->n > VORDEC_MAX_N) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: traj: %zu is not a grid size (4 .. %u)", npz_path(npz),
                       trajectory->n, VORDEC_MAX_N);
  }
  return VORDEC_OK;
}

static enum vordec_status read_count(struct npz *npz, const char *key, int64_t *value, struct vordec_error *error) {
  return npz_has(npz, key) ? npz_read_scalar_i64(npz, key, value, error) : VORDEC_OK;
}

static enum vordec_status read_scalars(struct trajectory *trajectory, struct npz *npz, struct vordec_error *error) {
  int64_t n = (int64_t)trajectory->n, stride = 1;
  trajectory->dt = NAN;
  trajectory->seed = -1;
  enum vordec_status status = read_count(npz, "N", &n, error);
  if (!status) status = read_count(npz, "stride", &stride, error);
  if (!status) status = read_count(npz, "seed", &trajectory->seed, error);
  if (!status && npz_has(npz, "dt")) status = npz_read_scalar_f64(npz, "dt", &trajectory->dt, error);
  if (status) return status;
  if (n != (int64_t)trajectory->n) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: N: %lld, but the frames of traj have N = %zu", npz_path(npz),
                       (long long)n, trajectory->n);
  }
  if (stride < 1) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: stride: %lld is not a number of steps", npz_path(npz),
                       (long long)stride);
  }
  if (npz_has(npz, "dt") && !(isfinite(trajectory->dt) && trajectory->dt > 0.0)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: dt: %g is not a time step", npz_path(npz), trajectory->dt);
  }
  trajectory->dt *= (double)stride;
  return VORDEC_OK;
}

enum vordec_status trajectory_read(const char *path, struct trajectory *trajectory, struct vordec_error *error) {
  struct npz *npz = NULL;
  *trajectory = (struct trajectory){.path = path};
  enum vordec_status status = npz_open(path, &npz, error);
  if (!status) status = npz_read(npz, "traj", &trajectory->array, error);
  if (!status) status = check_shape(trajectory, npz, error);
  if (!status) status = read_scalars(trajectory, npz, error);
  npz_close(npz);
  if (status) trajectory_release(trajectory);
  return status;
}

enum vordec_status trajectory_frame(const struct trajectory *trajectory, size_t i, double *omega,
                                    struct vordec_error *error) {
  const size_t n = trajectory->n, cells = n * n;
  const size_t bytes = cells * npy_type_size(trajectory->array.type);
  struct npy_array frame = trajectory->array; /* a view: not released */
  frame.ndim = 2;
  frame.shape[0] = frame.shape[1] = n;
  frame.count = cells;
  frame.data = (char *)trajectory->array.data + i * bytes;
  double *values = NULL;
  const enum vordec_status status = npy_to_f64(&frame, &values, error);
  if (status) return status;
  memcpy(omega, values, cells * sizeof *omega);
  free(values);
  for (size_t j = 0; j < cells; j++) {
    if (isfinite(omega[j])) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: traj: frame %zu is %s at row %zu, column %zu", trajectory->path,
                       i, isnan(omega[j]) ? "NaN" : "infinite", j / n, j % n);
  }
  return VORDEC_OK;
}

void trajectory_release(struct trajectory *trajectory) {
  npy_array_release(&trajectory->array);
  *trajectory = (struct trajectory){0};
}
