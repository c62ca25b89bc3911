#include "state_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/backend.h>

#include "core/base/number_text.h"
#include "io/npz.h"

static enum vordec_status read_n(struct npz *npz, size_t *n, struct vordec_error *error) {
  int64_t value = 0;
  const enum vordec_status status = npz_read_scalar_i64(npz, "N", &value, error);
  if (status) return status;
  if (value < 4 || value > VORDEC_MAX_N) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: N: %lld is not a grid size (4 .. %u)", npz_path(npz),
                       (long long)value, VORDEC_MAX_N);
  }
  *n = (size_t)value;
  return VORDEC_OK;
}

/* Flat or N x N. */
static enum vordec_status read_mask_low(struct npz *npz, size_t n, uint8_t **mask_low, struct vordec_error *error) {
  struct npy_array array = {0};
  enum vordec_status status = npz_read(npz, "mask_low", &array, error);
  if (status) return status;
  const bool flat = array.ndim == 1 && array.shape[0] == n * n;
  const bool square = array.ndim == 2 && array.shape[0] == n && array.shape[1] == n;
  char shape[NPY_SHAPE_TEXT_MAX];
  if (flat || square) {
    status = npy_to_bool(&array, mask_low, error);
  } else {
    status = vordec_fail(error, VORDEC_E_INPUT, 0,
                         "%s: mask_low: shape %s does not fit N = %zu: expected (%zu,) or (%zu, %zu)", npz_path(npz),
                         npy_shape_text(array.shape, array.ndim, shape, sizeof shape), n, n * n, n, n);
  }
  npy_array_release(&array);
  return status;
}

static enum vordec_status read_anchors(struct npz *npz, int64_t **anchor_idx, size_t *count,
                                       struct vordec_error *error) {
  struct npy_array array = {0};
  *count = 0;
  if (!npz_has(npz, "anchor_idx")) return VORDEC_OK;
  enum vordec_status status = npz_read(npz, "anchor_idx", &array, error);
  if (status) return status;
  if (array.ndim != 1) {
    status =
        vordec_fail(error, VORDEC_E_INPUT, 0, "%s: anchor_idx: expected one axis, found %u", npz_path(npz), array.ndim);
  } else {
    status = npy_to_i64(&array, anchor_idx, error);
    *count = array.count;
  }
  npy_array_release(&array);
  return status;
}

static enum vordec_status read_limit(struct npz *npz, const char *key, double *limit, struct vordec_error *error) {
  *limit = NAN;
  return npz_has(npz, key) ? npz_read_scalar_f64(npz, key, limit, error) : VORDEC_OK;
}

/* Puts the file's name before the library's message about an entry of the state. */
static enum vordec_status in_file(const char *path, struct vordec_error *error) {
  const struct vordec_error inner = *error;
  return vordec_fail(error, inner.status, inner.reason, "%.300s: %.330s", path, inner.message);
}

static enum vordec_status read_z(struct npz *npz, struct state_file *state, struct vordec_error *error) {
  struct npy_array array = {0};
  enum vordec_status status = npz_read(npz, "z", &array, error);
  if (status) return status;
  const struct vordec_layout_info *info = &state->info;
  char shape[NPY_SHAPE_TEXT_MAX];
  state->batched = array.ndim == 2;
  state->count = state->batched ? array.shape[0] : 1;
  if ((array.ndim != 1 && array.ndim != 2) || array.shape[array.ndim - 1] != info->d || state->count == 0) {
    status = vordec_fail(error, VORDEC_E_INPUT, 0,
                         "%s: z: shape %s: expected (D,) or (B, D) with D = 2 M + 4 + 2 len(anchor_idx) = %zu "
                         "(M = %zu low modes, %zu anchors%s)",
                         npz_path(npz), npy_shape_text(array.shape, array.ndim, shape, sizeof shape), info->d, info->m,
                         info->anchors, npz_has(npz, "anchor_idx") ? "" : ": the file has no anchor_idx");
  } else {
    status = npy_to_f64(&array, &state->z, error);
  }
  npy_array_release(&array);
  if (!status && vordec_layout_check(state->layout, state->z, state->count, error)) {
    status = in_file(npz_path(npz), error);
  }
  return status;
}

/* K > 0 without the list of indices: the state cannot be understood. */
static enum vordec_status check_kept(struct npz *npz, const struct state_file *state, struct vordec_error *error) {
  if (npz_has(npz, "anchor_idx")) return VORDEC_OK;
  for (size_t i = 0; i < state->count; i++) {
    const double k = state->z[i * state->info.d + 2 * state->info.m + 3];
    if (nearbyint(k) > 0.0) {
      return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: anchor_idx: missing, but state %zu keeps K = %g modes",
                         npz_path(npz), i, k);
    }
  }
  return VORDEC_OK;
}

/* tau and the smoothing width that the state was made with. */
static enum vordec_status take_defaults(struct npz *npz, struct vordec_config *config, struct vordec_error *error) {
  static const struct {
    const char *member, *key;
  } defaults[] = {{"dashi_tau", "tau"}, {"dashi_smooth_k", "smooth_width"}};
  for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++) {
    double value = 0.0;
    char text[NUMBER_TEXT_MAX], where[400];
    if (!npz_has(npz, defaults[i].member)) continue;
    enum vordec_status status = npz_read_scalar_f64(npz, defaults[i].member, &value, error);
    if (status) return status;
    /* In the reference, a width of 0 or less means: no smoothing. */
    if (i == 1 && value <= 0.0) value = 1.0;
    number_text(value, text);
    snprintf(where, sizeof where, "%.340s: %s", npz_path(npz), defaults[i].member);
    status = vordec_config_set(config, "mask", defaults[i].key, text, VORDEC_FROM_STATE, where, error);
    if (status == VORDEC_E_NO_MEMORY) return status;
    if (status) {
      error->status = VORDEC_E_INPUT;
      return VORDEC_E_INPUT;
    }
  }
  return VORDEC_OK;
}

static enum vordec_status read_layout(struct npz *npz, struct state_file *state, struct vordec_error *error) {
  struct vordec_layout_desc desc = {0};
  enum vordec_status status = read_n(npz, &desc.n, error);
  if (!status) status = read_mask_low(npz, desc.n, &state->mask_low, error);
  if (!status) status = read_anchors(npz, &state->anchor_idx, &desc.anchor_count, error);
  if (!status) status = read_limit(npz, "k_cut", &state->k_cut, error);
  if (!status) status = read_limit(npz, "resid_mid_cut", &state->resid_mid_cut, error);
  if (status) return status;
  desc.mask_low = state->mask_low;
  desc.anchor_idx = state->anchor_idx;
  desc.k_cut = state->k_cut;
  desc.resid_mid_cut = state->resid_mid_cut;
  if (vordec_layout_create(&desc, &state->layout, error)) return in_file(npz_path(npz), error);
  vordec_layout_get(state->layout, &state->info);
  return VORDEC_OK;
}

enum vordec_status state_file_read(const char *path, struct vordec_config *config, struct state_file *state,
                                   struct vordec_error *error) {
  struct npz *npz = NULL;
  state->path = path;
  enum vordec_status status = npz_open(path, &npz, error);
  if (!status) status = read_layout(npz, state, error);
  if (!status) status = read_z(npz, state, error);
  if (!status) status = check_kept(npz, state, error);
  if (!status) status = take_defaults(npz, config, error);
  npz_close(npz);
  if (status) state_file_release(state);
  return status;
}

enum vordec_status state_file_read_dt(const char *path, double *dt, struct vordec_error *error) {
  struct npz *npz = NULL;
  *dt = NAN;
  enum vordec_status status = npz_open(path, &npz, error);
  const bool there = !status && npz_has(npz, "dt");
  if (there) status = npz_read_scalar_f64(npz, "dt", dt, error);
  if (there && !status && !(isfinite(*dt) && *dt > 0.0)) {
    status = vordec_fail(error, VORDEC_E_INPUT, 0, "%s: dt: %g is not a time step", path, *dt);
  }
  npz_close(npz);
  return status;
}

void state_file_release(struct state_file *state) {
  vordec_layout_destroy(state->layout);
  free(state->z);
  free(state->mask_low);
  free(state->anchor_idx);
  *state = (struct state_file){0};
}
