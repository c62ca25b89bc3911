/* SPDX-License-Identifier: MIT */
#include "loss_axes_choice.h"

#include <stdlib.h>
#include <vordec/error.h>

#include "cli/options/arguments.h"
#include "core/base/window.h"

struct list {
  size_t values[LOSS_AXIS_MAX];
  size_t count;
};

static int ascending(const void *left, const void *right) {
  const size_t a = *(const size_t *)left, b = *(const size_t *)right;
  return (a > b) - (a < b);
}

static void sort(struct list *list) {
  size_t kept = 0;
  qsort(list->values, list->count, sizeof *list->values, ascending);
  for (size_t i = 0; i < list->count; i++) {
    if (kept == 0 || list->values[i] != list->values[kept - 1]) list->values[kept++] = list->values[i];
  }
  list->count = kept;
}

static void add(struct list *list, size_t value, size_t least, size_t most) {
  if (list->count < LOSS_AXIS_MAX && value >= least && value <= most) list->values[list->count++] = value;
}

/* A list of the command line. */
static enum vordec_status take(const char *option, const char *text, size_t least, size_t most, struct list *list,
                               struct vordec_error *error) {
  struct count_list counts = {list->values, LOSS_AXIS_MAX, 0};
  const enum vordec_status status = argument_counts(option, text, least, most, &counts, error);
  list->count = counts.count;
  if (!status) sort(list);
  return status;
}

/* ---- what suits the grid ---- */

static void suit_k_cuts(const struct vordec_encoder_desc *encoding, size_t n, struct list *list) {
  static const size_t cuts[] = {2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64};
  for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) add(list, cuts[i], 0, n / 3);
  add(list, (size_t)encoding->k_cut, 0, n / 2);
  sort(list);
}

/* Half as far again as each k_cut, and twice as far. */
static void suit_mid_cuts(const struct vordec_encoder_desc *encoding, const struct list *k_cuts, size_t n,
                          struct list *list) {
  for (size_t i = 0; i < k_cuts->count; i += 2) add(list, k_cuts->values[i] + k_cuts->values[i] / 2, 1, n / 2);
  for (size_t i = 1; i < k_cuts->count; i += 2) add(list, 2 * k_cuts->values[i], 1, n / 2);
  add(list, (size_t)encoding->resid_mid_cut, 1, n / 2);
  sort(list);
}

static void suit_kept(const struct vordec_encoder_desc *encoding, struct list *list) {
  static const size_t counts[] = {32, 128, 512, 2048};
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) add(list, counts[i], 2, SIZE_MAX);
  add(list, encoding->topk_mid, 2, SIZE_MAX);
  sort(list);
}

static void suit_widths(const struct vordec_encoder_info *encoder, struct list *list) {
  const size_t width = encoder->smooth_width, n = encoder->n;
  for (size_t factor = 4; factor >= 2; factor /= 2) add(list, width / factor | 1, 3, n);
  add(list, width, 1, n);
  for (size_t factor = 2; factor <= 4; factor *= 2) add(list, width * factor | 1, 3, n);
  sort(list);
}

/* ---- both ---- */

static enum vordec_status check_widths(const struct vordec_encoder_info *encoder, const struct list *widths,
                                       struct vordec_error *error) {
  for (size_t i = 0; i < widths->count; i++) {
    if (window_allows(encoder->smooth_kernel, (uint32_t)widths->values[i])) continue;
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--widths: %zu is even; a %s's must be odd", widths->values[i],
                       window_at(encoder->smooth_kernel)->name);
  }
  return VORDEC_OK;
}

enum vordec_status loss_axes_choose(const struct loss_request *request, const struct vordec_encoder_info *encoder,
                                    struct loss_axes_choice *choice, struct vordec_error *error) {
  struct list k_cuts = {.count = 0}, mid_cuts = {.count = 0}, kept = {.count = 0}, widths = {.count = 0};
  const struct vordec_encoder_desc *encoding = &request->encoding.desc;
  const size_t n = encoder->n;
  enum vordec_status status = VORDEC_OK;
  suit_k_cuts(encoding, n, &k_cuts);
  if (request->k_cuts) status = take("k-cuts", request->k_cuts, 0, n / 2, &k_cuts, error);
  suit_mid_cuts(encoding, &k_cuts, n, &mid_cuts);
  suit_kept(encoding, &kept);
  suit_widths(encoder, &widths);
  if (!status && request->mid_cuts) status = take("mid-cuts", request->mid_cuts, 1, n / 2, &mid_cuts, error);
  if (!status && request->kept) status = take("kept", request->kept, 2, n * n, &kept, error);
  if (!status && request->widths) status = take("widths", request->widths, 1, n, &widths, error);
  if (!status) status = check_widths(encoder, &widths, error);
  if (status) return status;
  for (size_t i = 0; i < k_cuts.count; i++) choice->k_cuts[i] = (double)k_cuts.values[i];
  for (size_t i = 0; i < mid_cuts.count; i++) choice->mid_cuts[i] = (double)mid_cuts.values[i];
  for (size_t i = 0; i < kept.count; i++) choice->kept[i] = kept.values[i];
  for (size_t i = 0; i < widths.count; i++) choice->widths[i] = (uint32_t)widths.values[i];
  choice->axes = (struct loss_axes){.n = n,
                                    .k_cuts = choice->k_cuts,
                                    .mid_cuts = choice->mid_cuts,
                                    .kept = choice->kept,
                                    .widths = choice->widths,
                                    .k_cut_count = k_cuts.count,
                                    .mid_cut_count = mid_cuts.count,
                                    .kept_count = kept.count,
                                    .width_count = widths.count,
                                    .smooth_kernel = encoder->smooth_kernel,
                                    .boundary = encoder->boundary,
                                    .threads = request->encoding.threads};
  return VORDEC_OK;
}
