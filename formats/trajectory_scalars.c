/* SPDX-License-Identifier: MIT */
#include "trajectory_scalars.h"

#include <math.h>
#include <string.h>
#include <vordec/error.h>

#include "trajectory_layout_fill.h"

/* In files of others an array of such a name may be something else. */
static bool has_scalar(struct array_source *source, const struct trajectory_layout *layout, const char *key) {
  struct npy_form form;
  struct vordec_error ignored;
  if (!array_source_has(source, key)) return false;
  if (layout->name && strcmp(layout->name, TRAJECTORY_OWN) == 0) return true;
  return !array_source_describe(source, key, &form, &ignored) && form.ndim == 0;
}

static enum vordec_status read_count(struct array_source *source, const struct trajectory_layout *layout,
                                     const char *key, int64_t *value, struct vordec_error *error) {
  return has_scalar(source, layout, key) ? array_source_read_i64(source, key, value, error) : VORDEC_OK;
}

enum vordec_status trajectory_scalars_read(struct array_source *source, const struct trajectory_layout *layout,
                                           size_t n, struct trajectory_scalars *scalars, struct vordec_error *error) {
  int64_t side = (int64_t)n, stride = 1;
  double dt = NAN;
  *scalars = (struct trajectory_scalars){.dt = NAN, .seed = -1};
  enum vordec_status status = read_count(source, layout, "N", &side, error);
  if (!status) status = read_count(source, layout, "stride", &stride, error);
  if (!status) status = read_count(source, layout, "seed", &scalars->seed, error);
  char path[ARRAY_NAME_MAX];
  layout_beside(source, layout, "dt", path);
  const bool has_dt = has_scalar(source, layout, path);
  if (!status && has_dt) status = array_source_read_f64(source, path, &dt, error);
  if (status) return status;
  if (side != (int64_t)n) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: N: %lld, but the frames of %s have N = %zu", source->path,
                       (long long)side, layout->key[0], n);
  }
  if (stride < 1) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: stride: %lld: expected a number of steps, 1 or more",
                       source->path, (long long)stride);
  }
  if (has_dt && !(isfinite(dt) && dt > 0.0)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: dt: %g: expected a time step above 0", source->path, dt);
  }
  scalars->dt = dt * (double)stride;
  return VORDEC_OK;
}
