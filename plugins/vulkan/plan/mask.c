/* SPDX-License-Identifier: MIT */
#include "record_stages.h"
#include "reduce.h"
#include "threshold.h"
#include "transforms/transform.h"

static void smooth(struct recorder *recorder, bool along_y, enum plan_buffer from, enum plan_buffer to) {
  const struct vordec_plan *plan = recorder->plan;
  const struct smooth_push push = {.n = plan->n,
                                   .width = plan->desc.smooth_width,
                                   .shape = plan->window_shape,
                                   .periodic = plan->desc.boundary == VORDEC_BOUNDARY_PERIODIC,
                                   .along_y = along_y,
                                   .subtract = along_y};
  const enum plan_buffer weights = plan->window_shape == VORDEC_SHAPE_TABLE ? PLAN_WINDOW : from; /* or not read */
  const enum plan_buffer buffers[] = {from, PLAN_OMEGA_LP, to, weights};
  record_kernel(recorder, KERNEL_SMOOTH, buffers, &push, plan->cells);
}

static void ternary_threshold(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  const struct tau_bits tau = tau_bits_of(plan);
  const struct ternary_threshold_push push = {.cells = plan->cells,
                                              .groups = plan->groups,
                                              .offset = partial_offset(plan, PARTIAL_ABSMAX),
                                              .words = plan->words,
                                              .tau_lo = tau.lo,
                                              .tau_hi = tau.hi};
  const enum plan_buffer buffers[] = {PLAN_FIELD_B, PLAN_PARTIALS, PLAN_MASK_A};
  record_kernel(recorder, KERNEL_TERNARY_THRESHOLD, buffers, &push, plan->words);
}

/* Records all rounds. Those behind a fixed point change nothing, and so the host need not look whether there is one. */
static void majority(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  if (plan->desc.majority_iters == 0) return;
  const struct majority_push push = {.n = plan->n, .words = plan->words};
  const enum plan_buffer forth[] = {PLAN_MASK_A, PLAN_MASK_B}, back[] = {PLAN_MASK_B, PLAN_MASK_A};
  const VkDescriptorSet sets[2] = {record_bind(recorder, KERNEL_MAJORITY, forth),
                                   record_bind(recorder, KERNEL_MAJORITY, back)};
  for (uint32_t i = 0; i < plan->desc.majority_iters; i++) {
    record_dispatch(recorder, KERNEL_MAJORITY, sets[i % 2], &push, plan->words);
  }
}

void record_residual_of_field(struct recorder *recorder) {
  smooth(recorder, false, PLAN_OMEGA_LP, PLAN_FIELD_A);
  smooth(recorder, true, PLAN_FIELD_A, PLAN_FIELD_B);
  record_reduce(recorder, KERNEL_ABSMAX, PLAN_FIELD_B, PARTIAL_ABSMAX, false);
}

static void record_mask_of_field(struct recorder *recorder) {
  record_residual_of_field(recorder);
  ternary_threshold(recorder);
  majority(recorder);
}

void record_mask(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  if (plan->transform->record_mask) {
    plan->transform->record_mask(recorder);
  } else {
    record_mask_of_field(recorder);
  }
  if (plan->desc.outputs & VORDEC_SCALARS) {
    record_reduce(recorder, KERNEL_SUPPORT, plan->mask_buffer, PARTIAL_SUPPORT, false);
    record_reduce(recorder, KERNEL_MEAN_SQUARE, PLAN_OMEGA_LP, PARTIAL_LP, false);
  }
  record_mark(recorder, VORDEC_STAGE_MASK);
}
