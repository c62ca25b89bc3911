/* SPDX-License-Identifier: MIT */
#include "mode_sums.h"
#include "record_stages.h"
#include "reduce.h"
#include "vulkan_synthesis.h"

static void measure_band(struct recorder *recorder, uint32_t band) {
  const struct vordec_plan *plan = recorder->plan;
  const enum partial_slot slot = band ? PARTIAL_HIGH : PARTIAL_MID;
  record_reduce(recorder, KERNEL_MEAN_SQUARE, band ? PLAN_HIGH : PLAN_MID, slot, true);
  const struct band_gain_push push = {.cells = plan->cells,
                                      .groups = plan->groups,
                                      .offset = partial_offset(plan, slot),
                                      .coef_stride = plan->coef_stride,
                                      .energy_offset = plan->coef_stride - 2 + band,
                                      .band = band};
  const enum plan_buffer buffers[] = {PLAN_PARTIALS, PLAN_COEF, PLAN_GAINS};
  record_kernel(recorder, KERNEL_BAND_GAIN, buffers, &push, VORDEC_WORKGROUP);
}

static uint32_t terms_of(const struct vordec_plan *plan, uint32_t residual_set) {
  uint32_t terms = 0;
  if (residual_set & VORDEC_RESIDUAL_FIELD) terms |= VORDEC_TERM_FIELD;
  if (residual_set & VORDEC_RESIDUAL_MID) terms |= VORDEC_TERM_MID;
  if (residual_set & VORDEC_RESIDUAL_HIGH) terms |= VORDEC_TERM_HIGH;
  if (plan->kept) terms |= VORDEC_TERM_ANCHORS;
  if (plan->desc.gate == VORDEC_GATE_SIGNED) terms |= VORDEC_TERM_SIGNED;
  return terms;
}

void record_combine(struct recorder *recorder, uint32_t residual_set) {
  const struct vordec_plan *plan = recorder->plan;
  /* Once the mask is made, field a is free for other use. */
  if (plan->kept) record_kept_sums(recorder, PLAN_FIELD_A);
  if (plan->synthesis.bands) record_band_fields(recorder);
  for (uint32_t i = 0; i < 3 && !plan->synthesis.bands; i++) {
    if (residual_set & (1u << i)) record_copy(recorder, PLAN_RESIDUAL_UPLOAD + i, PLAN_RESIDUAL + i);
  }
  if (residual_set & VORDEC_RESIDUAL_MID) measure_band(recorder, 0);
  if (residual_set & VORDEC_RESIDUAL_HIGH) measure_band(recorder, 1);

  const struct combine_push push = {.cells = plan->cells, .words = plan->words, .terms = terms_of(plan, residual_set)};
  /* A binding needs a buffer even if the kernel never reads it. */
  const enum plan_buffer buffers[] = {PLAN_OMEGA_LP,
                                      PLAN_FIELD_A,
                                      residual_set & VORDEC_RESIDUAL_FIELD ? PLAN_RESIDUAL : PLAN_OMEGA_LP,
                                      residual_set & VORDEC_RESIDUAL_MID ? PLAN_MID : PLAN_OMEGA_LP,
                                      residual_set & VORDEC_RESIDUAL_HIGH ? PLAN_HIGH : PLAN_OMEGA_LP,
                                      plan->mask_buffer,
                                      PLAN_GAINS,
                                      PLAN_FIELD_B};
  record_kernel(recorder, KERNEL_COMBINE, buffers, &push, plan->cells);
  if (plan->desc.outputs & VORDEC_SCALARS) {
    record_reduce(recorder, KERNEL_MEAN_SQUARE, PLAN_FIELD_B, PARTIAL_HAT, false);
    if (residual_set) record_hat_energy(recorder);
  }
  record_mark(recorder, VORDEC_STAGE_COMBINE);
}
