/* SPDX-License-Identifier: MIT */
#include "reduce.h"

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
  const enum plan_buffer with_mask[] = {field, plan->mask_buffer, PLAN_PARTIALS};
  const enum plan_buffer alone[] = {field, PLAN_PARTIALS};
  record_kernel(recorder, kernel, kernel == KERNEL_MEAN_SQUARE ? with_mask : alone, &push,
                plan->groups * VORDEC_WORKGROUP);
}
