/* SPDX-License-Identifier: MIT */
#include "trajectory_scalars.h"

#include <math.h>
#include <string.h>
#include <vordec/error.h>

#include "trajectory_layout_fill.h"

enum vordec_status trajectory_scalars_elements(struct array_source *source, const char *name, double values[2],
                                               size_t *count, struct vordec_error *error) {
  const size_t start[2] = {0};
  struct vordec_error inner;
  struct npy_form form;
  struct array_slabs *slabs = NULL;
  *count = 0;
  if (!array_source_has(source, name) || array_source_describe(source, name, &form, &inner)) return VORDEC_OK;
  size_t held = form.ndim <= 2 ? 1 : 0;
  for (uint32_t i = 0; i < form.ndim && held; i++) held = form.shape[i] <= 2 ? held * form.shape[i] : 0;
  if (held < 1 || held > 2) return VORDEC_OK;
  enum vordec_status status = array_source_open_slabs(source, name, &slabs, &inner);
  if (!status) status = array_slabs_read(slabs, start, slabs->shape, values, &inner);
  if (!status) *count = held;
  array_slabs_close(slabs);
  if (status != VORDEC_E_NO_MEMORY) return VORDEC_OK;
  *error = inner;
  return status;
}

static bool is_own(const struct trajectory_layout *layout) {
  return layout->name && strcmp(layout->name, TRAJECTORY_OWN) == 0;
}

/* In files of others an array of such a name may be something else. */
static bool has_scalar(struct array_source *source, const struct trajectory_layout *layout, const char *key) {
  struct npy_form form;
  struct vordec_error ignored;
  if (!array_source_has(source, key)) return false;
  if (is_own(layout)) return true;
  return !array_source_describe(source, key, &form, &ignored) && form.ndim == 0;
}

static enum vordec_status read_count(struct array_source *source, const struct trajectory_layout *layout,
                                     const char *key, int64_t *value, struct vordec_error *error) {
  return has_scalar(source, layout, key) ? array_source_read_i64(source, key, value, error) : VORDEC_OK;
}

static enum vordec_status read_dt(struct array_source *source, const struct trajectory_layout *layout, const char *key,
                                  double *dt, bool *found, struct vordec_error *error) {
  double values[2] = {NAN, NAN};
  size_t count = 0;
  *found = is_own(layout) && array_source_has(source, key);
  if (*found) return array_source_read_f64(source, key, dt, error);
  const enum vordec_status status = trajectory_scalars_elements(source, key, values, &count, error);
  *found = count == 1;
  *dt = values[0];
  return status;
}

enum vordec_status trajectory_scalars_read(struct array_source *source, const struct trajectory_layout *layout,
                                           size_t n, bool timed, struct trajectory_scalars *scalars,
                                           struct vordec_error *error) {
  int64_t side = (int64_t)n, stride = 1;
  double dt = NAN;
  *scalars = (struct trajectory_scalars){.dt = NAN, .seed = -1};
  enum vordec_status status = read_count(source, layout, "N", &side, error);
  if (!status) status = read_count(source, layout, "stride", &stride, error);
  if (!status) status = read_count(source, layout, "seed", &scalars->seed, error);
  char path[ARRAY_NAME_MAX];
  layout_beside(source, layout, "dt", path);
  bool has_dt = false;
  if (!status && timed) status = read_dt(source, layout, path, &dt, &has_dt, error);
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
