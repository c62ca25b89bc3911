/* SPDX-License-Identifier: MIT */
#include "encode_bands.h"

#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#define NO_PAIR UINT32_MAX

enum mode_kind { KIND_LOW, KIND_MID, KIND_HIGH };
enum { TAKEN_LOWER = 1, TAKEN_HIGHER = 2 };

static enum vordec_status check_desc(const struct vordec_encoder_desc *desc, struct vordec_error *error) {
  if (desc->n < 4 || desc->n > VORDEC_MAX_N) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "N: %zu is not a grid size (4 .. %u)", desc->n, VORDEC_MAX_N);
  }
  if (!(desc->k_cut >= 0)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "k_cut: %g cannot bound a band; it must be 0 or more", desc->k_cut);
  }
  if (!(desc->resid_mid_cut >= desc->k_cut)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "resid_mid_cut: %g is below k_cut (%g); it must be at least as large",
                       desc->resid_mid_cut, desc->k_cut);
  }
  if ((size_t)desc->modes >= MODES_COUNT) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "modes: %d is neither full (%d) nor half (%d)", (int)desc->modes,
                       (int)VORDEC_MODES_FULL, (int)VORDEC_MODES_HALF);
  }
  return VORDEC_OK;
}

/* ---- the bands ---- */

static int64_t wavenumber(size_t i, size_t n) {
  return 2 * i < n ? (int64_t)i : (int64_t)i - (int64_t)n;
}

/* Decided on exact integers. */
static enum mode_kind kind_of(const struct vordec_encoder_desc *desc, size_t y, size_t x) {
  const int64_t ky = wavenumber(y, desc->n), kx = wavenumber(x, desc->n);
  const double squares = (double)(kx * kx + ky * ky);
  if (squares <= desc->k_cut * desc->k_cut) return KIND_LOW;
  return squares <= desc->resid_mid_cut * desc->resid_mid_cut ? KIND_MID : KIND_HIGH;
}

/* Rows without a low or mid mode, which are most rows of a large grid, need not be looked at. */
static bool row_is_high(const struct vordec_encoder_desc *desc, size_t y) {
  return kind_of(desc, y, 0) == KIND_HIGH;
}

static void count_modes(const struct vordec_encoder_desc *desc, struct encode_bands *bands) {
  const size_t n = desc->n;
  size_t low_modes = 0;
  for (size_t y = 0; y < n; y++) {
    for (size_t x = 0; x < n && !row_is_high(desc, y); x++) {
      const enum mode_kind kind = kind_of(desc, y, x);
      const size_t i = y * n + x;
      const bool lower = i <= modes_partner(n, i);
      low_modes += kind == KIND_LOW;
      bands->mid_modes += kind == KIND_MID;
      bands->low_pairs += kind == KIND_LOW && lower;
      bands->mid_pairs += kind == KIND_MID && lower;
    }
  }
  bands->high_modes = n * n - low_modes - bands->mid_modes;
  bands->m = bands->modes == MODES_FULL ? low_modes : bands->low_pairs;
}

static void list_pairs(const struct vordec_encoder_desc *desc, struct encode_bands *bands) {
  const size_t n = desc->n;
  uint32_t low = 0, mid = 0;
  for (size_t y = 0; y < n; y++) {
    for (size_t x = 0; x < n && !row_is_high(desc, y); x++) {
      const enum mode_kind kind = kind_of(desc, y, x);
      const size_t i = y * n + x;
      const bool lower = i <= modes_partner(n, i);
      if (kind == KIND_LOW) bands->mask_low[i] = bands->modes == MODES_FULL || lower;
      if (kind == KIND_LOW && lower) bands->low_index[low++] = (uint32_t)i;
      if (kind == KIND_MID && lower) bands->mid_index[mid++] = (uint32_t)i;
    }
  }
}

/* Finds the pair that a mode belongs to, among those of a band; NO_PAIR: none. */
static uint32_t pair_of(const uint32_t *index, uint32_t count, size_t n, size_t mode) {
  const size_t partner = modes_partner(n, mode), lower = mode < partner ? mode : partner;
  uint32_t begin = 0, end = count;
  while (begin < end) {
    const uint32_t middle = begin + (end - begin) / 2;
    if (index[middle] < lower) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return begin < count && index[begin] == lower ? begin : NO_PAIR;
}

static struct encode_stored stored_of(const struct encode_bands *bands, size_t mode, uint32_t pair) {
  return (struct encode_stored){pair, mode > modes_partner(bands->n, mode), modes_weight(bands->modes, bands->n, mode)};
}

static void list_stored(struct encode_bands *bands) {
  size_t at = 0;
  for (size_t i = 0; i < bands->n * bands->n && at < bands->m; i++) {
    if (!bands->mask_low[i]) continue;
    bands->low[at++] = stored_of(bands, i, pair_of(bands->low_index, bands->low_pairs, bands->n, i));
  }
}

static bool allocate(struct encode_bands *bands) {
  const size_t mid = bands->mid_modes + 1;
  bands->low_index = malloc((bands->low_pairs + (size_t)1) * sizeof *bands->low_index);
  bands->mid_index = malloc((bands->mid_pairs + (size_t)1) * sizeof *bands->mid_index);
  bands->mask_low = calloc(bands->n, bands->n);
  bands->low = malloc((bands->m + 1) * sizeof *bands->low);
  bands->anchor = malloc(mid * sizeof *bands->anchor);
  bands->kept_at = malloc(mid * sizeof *bands->kept_at);
  bands->taken = calloc(bands->mid_pairs + (size_t)1, 1);
  bands->candidates = malloc(mid * sizeof *bands->candidates);
  return bands->low_index && bands->mid_index && bands->mask_low && bands->low && bands->anchor && bands->kept_at &&
         bands->taken && bands->candidates;
}

enum vordec_status encode_bands_create(const struct vordec_encoder_desc *desc, struct encode_bands *bands,
                                       struct vordec_error *error) {
  const enum vordec_status status = check_desc(desc, error);
  if (status) return status;
  *bands = (struct encode_bands){.n = desc->n, .modes = (enum modes)desc->modes};
  count_modes(desc, bands);
  bands->topk = desc->topk_mid < bands->mid_modes ? desc->topk_mid : bands->mid_modes;
  bands->anchors = bands->topk;
  if (!allocate(bands)) {
    encode_bands_destroy(bands);
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "encoder: out of memory for N = %zu",
                       desc->n);
  }
  list_pairs(desc, bands);
  list_stored(bands);
  return VORDEC_OK;
}

void encode_bands_destroy(struct encode_bands *bands) {
  free(bands->low_index);
  free(bands->mid_index);
  free(bands->mask_low);
  free(bands->low);
  free(bands->anchor);
  free(bands->kept_at);
  free(bands->taken);
  free(bands->candidates);
  *bands = (struct encode_bands){0};
}

/* ---- the anchors ---- */

static uint32_t mid_pair_of(const struct encode_bands *bands, size_t mode) {
  return pair_of(bands->mid_index, bands->mid_pairs, bands->n, mode);
}

static uint8_t taken_bit(const struct encode_bands *bands, size_t mode) {
  return mode <= modes_partner(bands->n, mode) ? TAKEN_LOWER : TAKEN_HIGHER;
}

static void forget_anchors(struct encode_bands *bands) {
  memset(bands->taken, 0, bands->mid_pairs);
  bands->anchors = bands->topk;
  bands->kept = 0;
  bands->chosen = false;
}

static void take(struct encode_bands *bands, size_t mode) {
  bands->taken[mid_pair_of(bands, mode)] |= taken_bit(bands, mode);
  bands->kept++;
}

static void hold(struct encode_bands *bands, size_t at, int64_t anchor) {
  bands->anchor[at] = anchor;
  bands->kept_at[at] = stored_of(bands, (size_t)anchor, mid_pair_of(bands, (size_t)anchor));
}

/* Says why it cannot be an anchor beside those before it; NULL: it can. */
static const char *anchor_fault(const struct encode_bands *bands, int64_t at) {
  if (at < 0 || (uint64_t)at >= bands->n * bands->n) return "is outside the grid";
  const uint32_t pair = mid_pair_of(bands, (size_t)at);
  if (pair == NO_PAIR) return "is not in the mid band";
  if (bands->modes == MODES_HALF && bands->taken[pair]) return "is listed twice, or together with its partner";
  return bands->taken[pair] & taken_bit(bands, (size_t)at) ? "is listed twice" : NULL;
}

enum vordec_status encode_bands_set_anchors(struct encode_bands *bands, const int64_t *anchor_idx, size_t count,
                                            struct vordec_error *error) {
  forget_anchors(bands);
  for (size_t i = 0; i < count; i++) {
    const int64_t at = anchor_idx[i];
    const char *fault = anchor_fault(bands, at);
    if (fault) {
      forget_anchors(bands);
      return vordec_fail(error, VORDEC_E_INPUT, 0, "anchor_idx[%zu]: %lld %s", i, (long long)at, fault);
    }
    size_t kept[2];
    const size_t modes = modes_kept(bands->modes, bands->n, (size_t)at, kept);
    for (size_t j = 0; j < modes; j++) take(bands, kept[j]);
    hold(bands, i, at);
  }
  bands->anchors = count;
  bands->chosen = true;
  return VORDEC_OK;
}

static int compare_candidates(const void *left, const void *right) {
  const struct encode_candidate *a = left, *b = right;
  if (a->magnitude != b->magnitude) return a->magnitude > b->magnitude ? -1 : 1;
  return (a->index > b->index) - (a->index < b->index);
}

static int compare_indices(const void *left, const void *right) {
  const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
  return (a > b) - (a < b);
}

/* The anchor for a mode that was chosen as one of those that are taken; -1: the anchor of its partner is enough. */
static int64_t anchor_of(const struct encode_bands *bands, int64_t chosen) {
  const int64_t partner = (int64_t)modes_partner(bands->n, (size_t)chosen);
  if (bands->modes == MODES_FULL || partner == chosen) return chosen;
  const bool alone = bands->taken[mid_pair_of(bands, (size_t)chosen)] != (TAKEN_LOWER | TAKEN_HIGHER);
  if (alone) return partner; /* among equal ones the lower index was chosen */
  return chosen < partner ? chosen : -1;
}

static double squared(const double *c) {
  return c[0] * c[0] + c[1] * c[1];
}

static size_t list_candidates(const struct encode_bands *bands, const double *mid) {
  size_t count = 0;
  for (uint32_t pair = 0; pair < bands->mid_pairs; pair++) {
    const size_t lower = bands->mid_index[pair], higher = modes_partner(bands->n, lower);
    const double magnitude = squared(mid + 2 * (size_t)pair);
    bands->candidates[count++] = (struct encode_candidate){magnitude, (int64_t)lower};
    if (higher != lower) bands->candidates[count++] = (struct encode_candidate){magnitude, (int64_t)higher};
  }
  return count;
}

void encode_bands_choose(struct encode_bands *bands, const double *mid) {
  forget_anchors(bands);
  const size_t count = list_candidates(bands, mid);
  qsort(bands->candidates, count, sizeof *bands->candidates, compare_candidates);
  for (size_t i = 0; i < bands->topk; i++) take(bands, (size_t)bands->candidates[i].index);
  bands->anchors = 0;
  for (size_t i = 0; i < bands->topk; i++) {
    const int64_t anchor = anchor_of(bands, bands->candidates[i].index);
    if (anchor >= 0) bands->anchor[bands->anchors++] = anchor;
  }
  qsort(bands->anchor, bands->anchors, sizeof *bands->anchor, compare_indices);
  for (size_t i = 0; i < bands->anchors; i++) hold(bands, i, bands->anchor[i]);
  bands->chosen = true;
}

/* ---- states ---- */

static void store(const struct encode_stored *stored, size_t count, const double *measured, double *re, double *im) {
  for (size_t i = 0; i < count; i++) {
    const double *c = measured + 2 * (size_t)stored[i].pair;
    re[i] = stored[i].weight * c[0];
    im[i] = stored[i].weight * (stored[i].mirrored ? -c[1] : c[1]);
  }
}

/* The modes of a mid pair that are not kept. */
static int free_modes(const struct encode_bands *bands, uint32_t pair) {
  const size_t lower = bands->mid_index[pair];
  const int modes = modes_partner(bands->n, lower) == lower ? 1 : 2;
  return modes - (bands->taken[pair] & TAKEN_LOWER ? 1 : 0) - (bands->taken[pair] & TAKEN_HIGHER ? 1 : 0);
}

void encode_bands_assemble(const struct encode_bands *bands, const struct encode_measured *measured, double *z) {
  const size_t m = bands->m, mid_modes = bands->mid_modes - bands->kept;
  double *scalars = z + 2 * m, *kept = scalars + 4, mid = 0;
  for (uint32_t pair = 0; pair < bands->mid_pairs; pair++) {
    mid += free_modes(bands, pair) * squared(measured->mid + 2 * (size_t)pair);
  }
  store(bands->low, m, measured->low, z, z + m);
  scalars[0] = measured->support;
  scalars[1] = mid_modes > 0 ? mid / (double)mid_modes : 0;
  scalars[2] = bands->high_modes > 0 ? measured->high / (double)bands->high_modes : 0;
  scalars[3] = (double)bands->anchors;
  store(bands->kept_at, bands->anchors, measured->mid, kept, kept + bands->anchors);
}
