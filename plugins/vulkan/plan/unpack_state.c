/* SPDX-License-Identifier: MIT */
#include "record_stages.h"
#include "reduce.h"
#include "rolled_states.h"
#include "vulkan_synthesis.h"

static void sum_energies(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  const struct energy_push push = {.entries = plan->energies.count,
                                   .groups = plan->groups,
                                   .lp_offset = partial_offset(plan, PARTIAL_ENERGY_LP),
                                   .hat_offset = partial_offset(plan, PARTIAL_ENERGY_HAT),
                                   .m = plan->desc.m,
                                   .kept = plan->kept,
                                   .coef_stride = plan->coef_stride};
  const enum plan_buffer buffers[] = {PLAN_COEF, PLAN_ENERGY_MODES, PLAN_ENERGY_WEIGHTS, PLAN_PARTIALS};
  record_kernel(recorder, KERNEL_ENERGY, buffers, &push, plan->groups * VORDEC_WORKGROUP);
}

void record_unpack_state(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  const struct unpack_state_push push = {.d = plan->desc.d,
                                         .m = plan->desc.m,
                                         .kept = plan->kept,
                                         .max_exponent = (uint32_t)ilogb(vordec_coefficient_max(&plan->desc)),
                                         .pitch = (uint32_t)(rolled_state_bytes(plan) / plan->real_bytes),
                                         .coef_stride = plan->coef_stride,
                                         .states = plan->chunk};
  const enum plan_buffer buffers[] = {PLAN_ROLLED, PLAN_COEF, PLAN_NOT_FINITE};
  /* The energies of the bands come from the host. */
  record_copy(recorder, PLAN_COEF_UPLOAD, PLAN_COEF);
  record_zero(recorder, PLAN_NOT_FINITE);
  record_kernel(recorder, KERNEL_UNPACK_STATE, buffers, &push, plan->desc.d);
  if (plan->synthesis.bands) record_unpack_bands(recorder);
  record_copy(recorder, PLAN_NOT_FINITE, PLAN_NOT_FINITE_READBACK);
  if (plan->energies.count) sum_energies(recorder);
  record_mark(recorder, VORDEC_STAGE_SCATTER_LOWK);
}
