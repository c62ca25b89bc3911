/* SPDX-License-Identifier: MIT */
#include "vulkan_encoder_mask.h"

#include "encoder_source.h"
#include "plan/plan_memory.h"
#include "plan/record_stages.h"
#include "plan/reduce.h"
#include "plan/threshold.h"

#define STRIP_MIN 8u       /* cells; narrower windows gain little from strips */
#define STRIP_MAX_FP32 32u /* longer strips spill registers on AMD devices */
#define STRIP_MAX_ROWS 16u /* along x; longer strips leave threads idle */
#define STRIP_MAX_FP64 16u
#define STRIPS_WANTED 64u /* at least so many strips of a line, to have enough threads for a large device */
#define COLUMNS_MAX 32u   /* the most columns of a tile along y */
#define COLUMNS_MIN 8u    /* fewer columns are less than the memory fetches at a time */
#define QUARTETS 8u       /* threads for a word of planes, as in ternary_planes.comp */

/* How many cells a strip has, a power of two. */
static uint32_t strip_of(const struct vordec_plan *plan) {
  const uint32_t most = plan->desc.precision == VORDEC_FP64 ? STRIP_MAX_FP64 : STRIP_MAX_FP32;
  uint32_t strip = STRIP_MIN;
  while (2 * strip <= most && 2 * strip < plan->desc.smooth_width && strip * STRIPS_WANTED < plan->n) strip *= 2;
  return strip;
}

static uint32_t shared_bytes(const struct vordec_plan *plan) {
  return plan->session->gpu.facts.properties.limits.maxComputeSharedMemorySize;
}

/* Chooses how window_rows divides a grid. A row that does not fit is divided into parts, each of which has to load
 * everything that its windows reach. If there are no rows afterwards, not even that fits. */
static void cut_rows(const struct vordec_plan *plan, struct encoder_mask *mask) {
  const uint32_t strip = mask->row_strip, all = groups_of(plan->n, strip);
  const uint32_t reach = groups_of(plan->desc.smooth_width - 1, strip); /* blocks of a row beside its strips */
  const uint32_t by_bytes = shared_bytes(plan) / ((strip + 2) * plan->real_bytes);
  const uint32_t blocks = by_bytes < VORDEC_WORKGROUP ? by_bytes : VORDEC_WORKGROUP;
  if (blocks <= reach) return;
  mask->parts = groups_of(all, blocks - reach);
  mask->strips = groups_of(all, mask->parts);
  mask->rows = blocks / (mask->strips + reach);
}

/* Chooses how window_columns divides a grid: with so few columns that less has to be loaded for the windows than is
 * computed. False: it does not fit. */
static bool cut_columns(const struct vordec_plan *plan, struct encoder_mask *mask) {
  const uint32_t reach = plan->desc.smooth_width - 1, whole = reach / mask->strip;
  uint32_t columns = COLUMNS_MAX;
  while (columns > COLUMNS_MIN && reach > VORDEC_WORKGROUP / columns * mask->strip * 3 / 4) columns /= 2;
  mask->columns = columns;
  return (VORDEC_WORKGROUP + whole * columns + 2 * VORDEC_WORKGROUP) * plan->real_bytes <= shared_bytes(plan);
}

static bool cut_into_strips(const struct vordec_plan *plan, struct encoder_mask *mask) {
  if (plan->window_shape != VORDEC_SHAPE_BOX || plan->desc.smooth_width <= STRIP_MIN) return false;
  mask->strip = strip_of(plan);
  mask->row_strip = mask->strip < STRIP_MAX_ROWS ? mask->strip : STRIP_MAX_ROWS;
  cut_rows(plan, mask);
  return mask->rows > 0 && cut_columns(plan, mask);
}

static enum vordec_status make_windows(const struct vordec_plan *plan, struct encoder_mask *mask,
                                       struct vordec_error *error) {
  struct kernels *kernels = &plan->session->kernels;
  const enum vordec_precision precision = plan->desc.precision;
  const uint32_t n = plan->n, width = plan->desc.smooth_width, strip = mask->strip;
  const uint32_t periodic = plan->desc.boundary == VORDEC_BOUNDARY_PERIODIC;
  const struct kernel_constants of_rows = {6, {n, width, mask->row_strip, periodic, mask->rows, mask->strips}};
  const struct kernel_constants of_columns = {5, {n, width, strip, periodic, mask->columns}};
  const enum vordec_status status =
      kernels_specialise(kernels, KERNEL_WINDOW_ROWS, precision, &of_rows, &mask->along_x, error);
  if (status) return status;
  return kernels_specialise(kernels, KERNEL_WINDOW_COLUMNS, precision, &of_columns, &mask->along_y, error);
}

enum vordec_status encoder_mask_create(const struct vordec_plan *plan, struct encoder_mask *mask,
                                       struct vordec_error *error) {
  const enum vordec_status status = bit_majority_create(plan, &mask->majority, error);
  if (status) return status;
  mask->by_strips = cut_into_strips(plan, mask);
  return mask->by_strips ? make_windows(plan, mask, error) : VORDEC_OK;
}

void encoder_mask_destroy(struct kernels *kernels, struct encoder_mask *mask) {
  bit_majority_destroy(kernels, &mask->majority);
  kernels_release(kernels, mask->along_x);
  kernels_release(kernels, mask->along_y);
  *mask = (struct encoder_mask){0};
}

void encoder_mask_list_needs(const struct vordec_plan *plan, struct buffer_need *needs) {
  const uint64_t field = (uint64_t)plan->cells * plan->real_bytes;
  const uint64_t planes = bit_majority_planes_bytes(plan->n);
  needs[PLAN_FIELD_A] = need_of("field a", BUFFER_DEVICE, 0, field);
  needs[PLAN_FIELD_B] = need_of("field b", BUFFER_DEVICE, 0, field);
  needs[PLAN_PLANES_A] = need_of("planes a", BUFFER_DEVICE, 0, planes);
  if (!bit_majority_needs_planes(plan->n, plan->desc.majority_iters)) return;
  needs[PLAN_PLANES_B] = need_of("planes b", BUFFER_DEVICE, 0, planes);
}

/* ---- recording it ---- */

static void smooth_strips(struct recorder *recorder, const struct encoder_mask *mask,
                          const struct encoder_source *source) {
  const struct vordec_plan *plan = recorder->plan;
  const struct window_push push = {.groups = plan->groups,
                                   .offset = partial_offset(plan, PARTIAL_ABSMAX),
                                   .squares_at = partial_offset(plan, PARTIAL_SQUARE),
                                   .first_at = source->first_at};
  record_pipeline_in(recorder, KERNEL_WINDOW_ROWS, mask->along_x, source->rows, &push,
                     (struct workgroups){groups_of(plan->n, mask->rows), mask->parts});
  record_pipeline_in(recorder, KERNEL_WINDOW_COLUMNS, mask->along_y, source->columns, &push,
                     (struct workgroups){plan->groups, 1});
}

void record_encoder_planes(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  const struct tau_bits tau = tau_bits_of(plan);
  const struct ternary_planes_push push = {.n = plan->n,
                                           .groups = plan->groups,
                                           .offset = partial_offset(plan, PARTIAL_ABSMAX),
                                           .tau_lo = tau.lo,
                                           .tau_hi = tau.hi};
  const enum plan_buffer buffers[] = {PLAN_FIELD_B, PLAN_PARTIALS, PLAN_PLANES_A, PLAN_FIELD_B};
  const uint32_t words = groups_of(plan->n, 32) * plan->n;
  record_kernel(recorder, KERNEL_TERNARY_PLANES, buffers, &push, groups_of(words, VORDEC_TERNARY_TURNS) * QUARTETS);
}

void record_encoder_residual(struct recorder *recorder, const struct encoder_mask *mask,
                             const struct encoder_source *source) {
  if (mask->by_strips) {
    smooth_strips(recorder, mask, source);
    return;
  }
  record_residual_of_field(recorder);
  record_reduce(recorder, KERNEL_MEAN_SQUARE, PLAN_FIELD_B, PARTIAL_SQUARE, false);
}
