/* SPDX-License-Identifier: MIT */
#include "state_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "array_file.h"
#include "state_store.h"

static enum vordec_status read_n(struct array_source *source, size_t *n, struct vordec_error *error) {
  int64_t value = 0;
  const enum vordec_status status = array_source_read_i64(source, "N", &value, error);
  if (status) return status;
  if (value < 4 || value > VORDEC_MAX_N) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: N: %lld is not a grid size (4 .. %u)", source->path,
                       (long long)value, VORDEC_MAX_N);
  }
  *n = (size_t)value;
  return VORDEC_OK;
}

/* Flat or N x N. */
static enum vordec_status read_mask_low(struct array_source *source, size_t n, uint8_t **mask_low,
                                        struct vordec_error *error) {
  struct npy_array array = {0};
  enum vordec_status status = array_source_read(source, "mask_low", &array, error);
  if (status) return status;
  const bool flat = array.ndim == 1 && array.shape[0] == n * n;
  const bool square = array.ndim == 2 && array.shape[0] == n && array.shape[1] == n;
  char shape[NPY_SHAPE_TEXT_MAX];
  if (flat || square) {
    status = npy_to_bool(&array, mask_low, error);
  } else {
    status = vordec_fail(error, VORDEC_E_INPUT, 0,
                         "%s: mask_low: shape %s does not fit N = %zu: expected (%zu,) or (%zu, %zu)", source->path,
                         npy_shape_text(array.shape, array.ndim, shape, sizeof shape), n, n * n, n, n);
  }
  npy_array_release(&array);
  return status;
}

static enum vordec_status read_anchors(struct array_source *source, int64_t **anchor_idx, size_t *count,
                                       struct vordec_error *error) {
  struct npy_array array = {0};
  *count = 0;
  if (!array_source_has(source, "anchor_idx")) return VORDEC_OK;
  enum vordec_status status = array_source_read(source, "anchor_idx", &array, error);
  if (status) return status;
  if (array.ndim != 1) {
    status =
        vordec_fail(error, VORDEC_E_INPUT, 0, "%s: anchor_idx: expected one axis, found %u", source->path, array.ndim);
  } else {
    status = npy_to_i64(&array, anchor_idx, error);
    *count = array.count;
  }
  npy_array_release(&array);
  return status;
}

static enum vordec_status read_limit(struct array_source *source, const char *key, double *limit,
                                     struct vordec_error *error) {
  *limit = NAN;
  return array_source_has(source, key) ? array_source_read_f64(source, key, limit, error) : VORDEC_OK;
}

/* Puts the file's name before the library's message about an entry of the state. */
static enum vordec_status in_file(const char *path, struct vordec_error *error) {
  const struct vordec_error inner = *error;
  return vordec_fail(error, inner.status, inner.reason, "%.300s: %.330s", path, inner.message);
}

static enum vordec_status read_scaled(struct array_source *source, struct state_file *state,
                                      struct vordec_error *error) {
  const struct vordec_layout_info *info = &state->info;
  struct stored_states states;
  const enum vordec_status status = state_store_read(source, &states, &state->z, error);
  if (status) return status;
  state->batched = states.batched;
  state->count = states.count;
  if (states.low == info->m && states.kept == info->anchors) return VORDEC_OK;
  return vordec_fail(
      error, VORDEC_E_INPUT, 0,
      "%s: z_low and z_kept have %zu and %zu values a state: expected 2 M = %zu and 2 len(anchor_idx) = %zu",
      source->path, 2 * states.low, 2 * states.kept, 2 * info->m, 2 * info->anchors);
}

static enum vordec_status read_plain(struct array_source *source, struct state_file *state,
                                     struct vordec_error *error) {
  struct npy_array array = {0};
  enum vordec_status status = array_source_read(source, "z", &array, error);
  if (status) return status;
  const struct vordec_layout_info *info = &state->info;
  char shape[NPY_SHAPE_TEXT_MAX];
  state->batched = array.ndim == 2;
  state->count = state->batched ? array.shape[0] : 1;
  if (array.ndim == 2 && state->count == 0) {
    status = vordec_fail(error, VORDEC_E_INPUT, 0, "%s: z: shape %s: the file holds no states", source->path,
                         npy_shape_text(array.shape, array.ndim, shape, sizeof shape));
  } else if ((array.ndim != 1 && array.ndim != 2) || array.shape[array.ndim - 1] != info->d) {
    status = vordec_fail(error, VORDEC_E_INPUT, 0,
                         "%s: z: shape %s: expected (D,) or (B, D) with D = 2 M + 4 + 2 len(anchor_idx) = %zu "
                         "(M = %zu low modes, %zu anchors%s)",
                         source->path, npy_shape_text(array.shape, array.ndim, shape, sizeof shape), info->d, info->m,
                         info->anchors, array_source_has(source, "anchor_idx") ? "" : ": the file has no anchor_idx");
  } else {
    status = npy_to_f64(&array, &state->z, error);
  }
  npy_array_release(&array);
  return status;
}

static enum vordec_status read_z(struct array_source *source, struct state_file *state, struct vordec_error *error) {
  const bool scaled = state_store_is_scaled(source);
  const enum vordec_status status = scaled ? read_scaled(source, state, error) : read_plain(source, state, error);
  if (!status && vordec_layout_check(state->layout, state->z, state->count, error)) {
    return in_file(source->path, error);
  }
  return status;
}

/* K > 0 without the list of indices: the state cannot be understood. */
static enum vordec_status check_kept(struct array_source *source, const struct state_file *state,
                                     struct vordec_error *error) {
  if (array_source_has(source, "anchor_idx")) return VORDEC_OK;
  for (size_t i = 0; i < state->count; i++) {
    const double k = state->z[i * state->info.d + 2 * state->info.m + 3];
    if (nearbyint(k) > 0.0) {
      return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: anchor_idx: missing, but state %zu keeps K = %g modes",
                         source->path, i, k);
    }
  }
  return VORDEC_OK;
}

static enum vordec_status read_settings(struct array_source *source, struct state_settings *settings,
                                        struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  for (int i = 0; i < STATE_SETTINGS && !status; i++) {
    const char *name = state_setting_names[i].array;
    settings->there[i] = array_source_has(source, name);
    if (settings->there[i]) status = array_source_read_f64(source, name, &settings->value[i], error);
  }
  return status;
}

/* Of half the modes, each pair is there once: else a mode would count as whole and be a half. */
static enum vordec_status check_half(const struct array_source *source, const struct state_file *state, size_t anchors,
                                     size_t n, struct vordec_error *error) {
  for (size_t i = 0; i < n * n; i++) {
    const size_t partner = modes_partner(n, i);
    if (i >= partner || !state->mask_low[i] || !state->mask_low[partner]) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0,
                       "%s: mask_low: modes %zu and %zu are partners, but " STATE_MODES " says half of the modes",
                       source->path, i, partner);
  }
  uint8_t *there = calloc(n * n, 1);
  if (!there) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the state");
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < anchors && !status; i++) { /* within the grid, and none twice: the layout was made */
    const size_t at = (size_t)state->anchor_idx[i], partner = modes_partner(n, at);
    there[at] = 1;
    if (partner == at || !there[partner]) continue;
    status = vordec_fail(error, VORDEC_E_INPUT, 0,
                         "%s: anchor_idx: modes %zu and %zu are partners, but " STATE_MODES " says half of the modes",
                         source->path, partner, at);
  }
  free(there);
  return status;
}

static enum vordec_status read_modes(struct array_source *source, struct state_file *state,
                                     struct vordec_error *error) {
  double value = MODES_FULL;
  if (!array_source_has(source, STATE_MODES)) return VORDEC_OK;
  const enum vordec_status status = array_source_read_f64(source, STATE_MODES, &value, error);
  if (status) return status;
  if (value != MODES_FULL && value != MODES_HALF) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: " STATE_MODES ": %g: expected 0 (full) or 1 (half)", source->path,
                       value);
  }
  state->modes = (enum modes)value;
  vordec_layout_set_half(state->layout, state->modes == MODES_HALF);
  return state->modes == MODES_HALF ? check_half(source, state, state->info.anchors, state->info.n, error) : VORDEC_OK;
}

static enum vordec_status read_layout(struct array_source *source, struct state_file *state,
                                      struct vordec_error *error) {
  struct vordec_layout_desc desc = {0};
  enum vordec_status status = read_n(source, &desc.n, error);
  if (!status) status = read_mask_low(source, desc.n, &state->mask_low, error);
  if (!status) status = read_anchors(source, &state->anchor_idx, &desc.anchor_count, error);
  if (!status) status = read_limit(source, "k_cut", &state->k_cut, error);
  if (!status) status = read_limit(source, "resid_mid_cut", &state->resid_mid_cut, error);
  if (status) return status;
  desc.mask_low = state->mask_low;
  desc.anchor_idx = state->anchor_idx;
  desc.k_cut = state->k_cut;
  desc.resid_mid_cut = state->resid_mid_cut;
  if (vordec_layout_create(&desc, &state->layout, error)) return in_file(source->path, error);
  vordec_layout_get(state->layout, &state->info);
  return VORDEC_OK;
}

/* Fields where states are needed: the first array that is missed would not say that. */
static enum vordec_status check_kind(struct array_source *source, struct vordec_error *error) {
  if (array_source_has(source, "mask_low") || array_source_has(source, "z")) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_INPUT, 0,
                     "%s: this is no file of states: it holds neither 'z' nor 'mask_low'; 'vordec encode --traj' makes "
                     "states of fields",
                     source->path);
}

enum vordec_status state_file_read(const char *path, struct state_file *state, struct vordec_error *error) {
  struct array_source *source = NULL;
  state->path = path;
  enum vordec_status status = array_file_open(path, &source, error);
  if (!status) status = check_kind(source, error);
  if (!status) status = read_layout(source, state, error);
  if (!status) status = read_modes(source, state, error);
  if (!status) status = read_z(source, state, error);
  if (!status) status = check_kept(source, state, error);
  if (!status) status = read_settings(source, &state->settings, error);
  array_source_close(source);
  if (status) state_file_release(state);
  return status;
}

enum vordec_status state_file_read_dt(const char *path, double *dt, struct vordec_error *error) {
  struct array_source *source = NULL;
  *dt = NAN;
  enum vordec_status status = array_file_open(path, &source, error);
  const bool there = !status && array_source_has(source, "dt");
  if (there) status = array_source_read_f64(source, "dt", dt, error);
  if (there && !status && !(isfinite(*dt) && *dt > 0.0)) {
    status = vordec_fail(error, VORDEC_E_INPUT, 0, "%s: dt: %g: expected a time step above 0", path, *dt);
  }
  array_source_close(source);
  return status;
}

void state_file_release(struct state_file *state) {
  vordec_layout_destroy(state->layout);
  free(state->z);
  free(state->mask_low);
  free(state->anchor_idx);
  *state = (struct state_file){0};
}
