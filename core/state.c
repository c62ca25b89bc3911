/* SPDX-License-Identifier: MIT */
#include "state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/backend.h>

#include "errors.h"

/* The wavenumber of index i of an axis with n points, in FFT order. */
static int64_t wavenumber(size_t i, size_t n) {
  return 2 * i < n ? (int64_t)i : (int64_t)i - (int64_t)n;
}

static size_t count_low(const uint8_t *mask_low, size_t cells) {
  size_t count = 0;
  for (size_t i = 0; i < cells; i++) count += mask_low[i] != 0;
  return count;
}

static void list_low(struct vordec_layout *layout, const uint8_t *mask_low) {
  const size_t cells = layout->info.n * layout->info.n;
  size_t at = 0;
  for (size_t i = 0; i < cells; i++) {
    if (mask_low[i]) layout->low_index[at++] = (uint32_t)i;
  }
}

/* Bands are decided on exact integers: |k|^2 against the square of the limit. */
static void count_bands(struct vordec_layout_info *info, const uint8_t *mask_low, double resid_mid_cut) {
  const size_t n = info->n;
  for (size_t i = 0; i < n * n; i++) {
    if (mask_low[i]) continue;
    const int64_t ky = wavenumber(i / n, n), kx = wavenumber(i % n, n);
    const bool mid = resid_mid_cut >= 0.0 && (double)(kx * kx + ky * ky) <= resid_mid_cut * resid_mid_cut;
    *(mid ? &info->mid_modes : &info->high_modes) += 1;
  }
}

static enum vordec_status copy_anchors(struct vordec_layout *layout, const int64_t *anchor_idx,
                                       struct vordec_error *error) {
  const size_t cells = layout->info.n * layout->info.n;
  uint8_t *taken = calloc(cells, 1);
  if (!taken) return error_no_memory(error);
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < layout->info.anchors && !status; i++) {
    const int64_t at = anchor_idx[i];
    if (at < 0 || (uint64_t)at >= cells) {
      status = vordec_fail(error, VORDEC_E_INPUT, 0, "anchor_idx[%zu]: %lld is outside the grid (0 .. %zu)", i,
                           (long long)at, cells - 1);
    } else if (taken[at]) {
      status = vordec_fail(error, VORDEC_E_INPUT, 0, "anchor_idx[%zu]: %lld is listed twice", i, (long long)at);
    } else {
      taken[at] = 1;
      layout->anchor_index[i] = (uint32_t)at;
    }
  }
  free(taken);
  return status;
}

enum vordec_status vordec_layout_create(const struct vordec_layout_desc *desc, struct vordec_layout **layout,
                                        struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  *layout = NULL;
  if (desc->n < 4 || desc->n > VORDEC_MAX_N) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "N: %zu is not a grid size (4 .. %u)", desc->n, VORDEC_MAX_N);
  }
  const size_t cells = desc->n * desc->n;
  if (desc->anchor_count > cells) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "anchor_idx: %zu entries are more than the grid has cells (%zu)",
                       desc->anchor_count, cells);
  }
  const size_t m = count_low(desc->mask_low, cells);
  if (2 * m + 4 + 2 * desc->anchor_count > UINT32_MAX) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "D = 2 M + 4 + 2 len(anchor_idx) does not fit 32 bits");
  }
  if (m == 0) return vordec_fail(error, VORDEC_E_INPUT, 0, "mask_low: it marks no mode as low");

  struct vordec_layout *made = calloc(1, sizeof *made);
  if (!made) return error_no_memory(error);
  enum vordec_status status = VORDEC_E_NO_MEMORY;
  made->info = (struct vordec_layout_info){
      .n = desc->n, .m = m, .d = 2 * m + 4 + 2 * desc->anchor_count, .anchors = desc->anchor_count};
  made->resid_mid_cut = desc->resid_mid_cut;
  made->low_index = malloc(m * sizeof *made->low_index);
  made->anchor_index = malloc((desc->anchor_count + 1) * sizeof *made->anchor_index);
  if (!made->low_index || !made->anchor_index) {
    error_no_memory(error);
    goto fail;
  }
  list_low(made, desc->mask_low);
  status = copy_anchors(made, desc->anchor_idx, error);
  if (status) goto fail;
  made->info.max_kept = made->info.anchors;
  if (!isnan(desc->resid_mid_cut)) {
    count_bands(&made->info, desc->mask_low, desc->resid_mid_cut);
    if (made->info.max_kept > made->info.mid_modes) made->info.max_kept = made->info.mid_modes;
  }
  *layout = made;
  return VORDEC_OK;

fail:
  vordec_layout_destroy(made);
  return status;
}

void vordec_layout_destroy(struct vordec_layout *layout) {
  if (!layout) return;
  free(layout->low_index);
  free(layout->anchor_index);
  free(layout);
}

void vordec_layout_set_half(struct vordec_layout *layout, bool half) {
  layout->half = half;
}

void vordec_layout_get(const struct vordec_layout *layout, struct vordec_layout_info *info) {
  *info = layout->info;
}

enum vordec_status layout_check_states(const struct vordec_layout *layout, const double *z, size_t first, size_t count,
                                       struct vordec_error *error) {
  const size_t d = layout->info.d;
  for (size_t i = 0; i < count * d; i++) {
    if (isfinite(z[i])) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "z: state %zu, entry %zu (%s) is %s", first + i / d, i % d,
                       vordec_entry_name((uint32_t)layout->info.m, i % d), isnan(z[i]) ? "NaN" : "infinite");
  }
  return VORDEC_OK;
}

enum vordec_status vordec_layout_check(const struct vordec_layout *layout, const double *z, size_t count,
                                       struct vordec_error *error) {
  struct vordec_error scratch;
  return layout_check_states(layout, z, 0, count, error_or(error, &scratch));
}
