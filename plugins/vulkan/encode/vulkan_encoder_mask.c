/* SPDX-License-Identifier: MIT */
#include "vulkan_encoder_mask.h"

#include "plan/plan_memory.h"
#include "plan/record_stages.h"
#include "plan/reduce.h"
#include "plan/threshold.h"

#define STRIP_MIN 8u      /* cells; narrower windows gain little */
#define STRIP_MAX 32u     /* more spills registers on AMD devices */
#define STRIPS_WANTED 64u /* of a line, at least: threads to keep a large device busy */
#define QUARTETS 8u       /* threads of a word of planes: ternary_planes.comp */

/* Cells of a strip, a power of two. */
static uint32_t strip_of(const struct vordec_plan *plan) {
  uint32_t strip = STRIP_MIN;
  while (2 * strip <= STRIP_MAX && 2 * strip <= plan->desc.smooth_width && strip * STRIPS_WANTED < plan->n) strip *= 2;
  return strip;
}

/* Rows that fit into a workgroup's threads and its shared memory; 0: no row does, or the window is not for strips. */
static uint32_t rows_of(const struct vordec_plan *plan) {
  const uint32_t strip = strip_of(plan), strips = groups_of(plan->n, strip);
  const uint32_t row_bytes = strips * (strip + 1) * plan->real_bytes;
  const uint32_t by_threads = VORDEC_WORKGROUP / strips;
  const uint32_t by_bytes = plan->session->gpu.facts.properties.limits.maxComputeSharedMemorySize / row_bytes;
  if (plan->window_shape != VORDEC_SHAPE_BOX || plan->desc.smooth_width < STRIP_MIN) return 0;
  return by_threads < by_bytes ? by_threads : by_bytes;
}

static enum vordec_status make(const struct vordec_plan *plan, enum kernel kernel, uint32_t rows, VkPipeline *pipeline,
                               struct vordec_error *error) {
  const bool periodic = plan->desc.boundary == VORDEC_BOUNDARY_PERIODIC;
  const struct kernel_constants constants = {5, {plan->n, plan->desc.smooth_width, strip_of(plan), periodic, rows}};
  return kernels_specialise(&plan->session->kernels, kernel, plan->desc.precision, &constants, pipeline, error);
}

enum vordec_status encoder_mask_create(const struct vordec_plan *plan, struct encoder_mask *mask,
                                       struct vordec_error *error) {
  mask->rows = rows_of(plan);
  enum vordec_status status = bit_majority_create(plan, &mask->majority, error);
  if (status || mask->rows == 0) return status;
  status = make(plan, KERNEL_WINDOW_ROWS, mask->rows, &mask->along_x, error);
  if (status) return status;
  return make(plan, KERNEL_WINDOW_COLUMNS, 1, &mask->along_y, error);
}

void encoder_mask_destroy(struct kernels *kernels, struct encoder_mask *mask) {
  bit_majority_destroy(kernels, &mask->majority);
  kernels_release(kernels, mask->along_x);
  kernels_release(kernels, mask->along_y);
  *mask = (struct encoder_mask){0};
}

void encoder_mask_list_needs(const struct vordec_plan *plan, struct buffer_need *needs) {
  const uint64_t field = (uint64_t)plan->cells * plan->real_bytes;
  const uint64_t planes = ((uint64_t)plan->n + 31) / 32 * plan->n * 8;
  needs[PLAN_FIELD_A] = need_of("field a", BUFFER_DEVICE, 0, field);
  needs[PLAN_FIELD_B] = need_of("field b", BUFFER_DEVICE, 0, field);
  needs[PLAN_PLANES_A] = need_of("planes a", BUFFER_DEVICE, 0, planes);
  if (!bit_majority_needs_planes(plan->n, plan->desc.majority_iters)) return;
  needs[PLAN_PLANES_B] = need_of("planes b", BUFFER_DEVICE, 0, planes);
}

/* ---- recording it ---- */

static void smooth_strips(struct recorder *recorder, const struct encoder_mask *mask) {
  const struct vordec_plan *plan = recorder->plan;
  const struct window_push push = {.groups = plan->groups, .offset = partial_offset(plan, PARTIAL_ABSMAX)};
  const enum plan_buffer row_buffers[] = {PLAN_OMEGA_LP, PLAN_FIELD_A};
  const enum plan_buffer column_buffers[] = {PLAN_FIELD_A, PLAN_OMEGA_LP, PLAN_FIELD_B, PLAN_PARTIALS};
  record_pipeline(recorder, KERNEL_WINDOW_ROWS, mask->along_x, row_buffers, &push,
                  (struct workgroups){groups_of(plan->n, mask->rows), 1});
  record_pipeline(recorder, KERNEL_WINDOW_COLUMNS, mask->along_y, column_buffers, &push,
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
  const enum plan_buffer buffers[] = {PLAN_FIELD_B, PLAN_PARTIALS, PLAN_PLANES_A};
  record_kernel(recorder, KERNEL_TERNARY_PLANES, buffers, &push, groups_of(plan->n, 32) * plan->n * QUARTETS);
}

void record_encoder_residual(struct recorder *recorder, const struct encoder_mask *mask) {
  if (mask->rows) {
    smooth_strips(recorder, mask);
  } else {
    record_residual_of_field(recorder);
  }
}
