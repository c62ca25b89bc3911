#include "record_stages.h"
#include "transforms/pruned.h"

#include <string.h>

uint32_t partial_offset(const struct vordec_plan *plan, enum partial_slot slot) {
  return (uint32_t)slot * plan->chunk * plan->groups;
}

void record_reduce(struct recorder *recorder, enum kernel kernel, enum plan_buffer field, enum partial_slot slot,
                   bool gated) {
  const struct vordec_plan *plan = recorder->plan;
  const struct reduce_push push = {.cells = plan->cells,
                                   .groups = plan->groups,
                                   .offset = partial_offset(plan, slot),
                                   .words = plan->words,
                                   .gated = gated};
  const enum plan_buffer with_mask[] = {field, mask_buffer(plan), PLAN_PARTIALS};
  const enum plan_buffer alone[] = {field, PLAN_PARTIALS};
  record_kernel(recorder, kernel, kernel == KERNEL_MEAN_SQUARE ? with_mask : alone, &push,
                plan->groups * VORDEC_WORKGROUP);
}

static void smooth(struct recorder *recorder, bool along_y, enum plan_buffer from, enum plan_buffer to) {
  const struct vordec_plan *plan = recorder->plan;
  const struct smooth_push push = {.n = plan->n,
                                   .width = plan->desc.smooth_width,
                                   .triangle = plan->desc.smooth_kernel == VORDEC_SMOOTH_TRIANGLE,
                                   .periodic = plan->desc.boundary == VORDEC_BOUNDARY_PERIODIC,
                                   .along_y = along_y,
                                   .subtract = along_y};
  const enum plan_buffer buffers[] = {from, PLAN_OMEGA_LP, to};
  record_kernel(recorder, KERNEL_SMOOTH, buffers, &push, plan->cells);
}

/* A threshold of 0 would be reached where R is 0, so tau is kept large enough for tau * 1e-12 to be a normal number: a
 * device may take others for 0. Rounding errors of R are far larger. */
#define TAU_MIN_FP32 0x1p-80
#define TAU_MIN_FP64 0x1p-900

struct tau_bits tau_bits_of(const struct vordec_plan *plan) {
  struct tau_bits bits = {0, 0};
  if (plan->desc.precision == VORDEC_FP64) {
    const double tau = fmax(plan->desc.tau, TAU_MIN_FP64);
    uint64_t both;
    memcpy(&both, &tau, sizeof both);
    bits = (struct tau_bits){(uint32_t)both, (uint32_t)(both >> 32)};
  } else {
    const float tau = (float)fmax(plan->desc.tau, TAU_MIN_FP32);
    memcpy(&bits.lo, &tau, sizeof tau);
  }
  return bits;
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

/* Every round runs: past a fixpoint it changes nothing, and the host need not be asked. */
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

enum plan_buffer mask_buffer(const struct vordec_plan *plan) {
  return !plan->pruned && plan->desc.majority_iters % 2 ? PLAN_MASK_B : PLAN_MASK_A;
}

static void record_full_mask(struct recorder *recorder) {
  smooth(recorder, false, PLAN_OMEGA_LP, PLAN_FIELD_A);
  smooth(recorder, true, PLAN_FIELD_A, PLAN_FIELD_B);
  record_reduce(recorder, KERNEL_ABSMAX, PLAN_FIELD_B, PARTIAL_ABSMAX, false);
  ternary_threshold(recorder);
  majority(recorder);
}

void record_mask(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  if (plan->pruned) {
    record_pruned_mask(recorder);
  } else {
    record_full_mask(recorder);
  }
  if (plan->desc.outputs & VORDEC_SCALARS) {
    record_reduce(recorder, KERNEL_SUPPORT, mask_buffer(plan), PARTIAL_SUPPORT, false);
    record_reduce(recorder, KERNEL_MEAN_SQUARE, PLAN_OMEGA_LP, PARTIAL_LP, false);
  }
  record_mark(recorder, VORDEC_STAGE_MASK);
}
