/* SPDX-License-Identifier: MIT */
#include "vulkan_encoder_record.h"

#include "plan/plan_segments.h"
#include "plan/record_stages.h"
#include "plan/reduce.h"
#include "simulate/vulkan_simulation.h"

static bool has_modes(const struct vordec_plan *plan) {
  return plan->low_modes.mode_count > 0;
}

/* ---- a field on its way in ---- */

static void take_upload(struct recorder *recorder) {
  record_copy(recorder, PLAN_FIELD_UPLOAD, PLAN_OMEGA_LP);
  record_mark(recorder, VORDEC_STAGE_SCATTER_LOWK);
}

/* Takes the fields of the job's simulation, unless they are read where the simulation has them. Without a simulation
 * there is nothing to take. */
static void take_simulation(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  const struct vordec_backend_encoder *encoder = encoder_of(plan);
  const bool to_fp64 = plan->desc.precision == VORDEC_FP64;
  const bool from_fp64 = encoder->from ? encoder->from->setup.precision == VORDEC_FP64 : to_fp64;
  const struct take_field_push push = {.cells = plan->cells,
                                       .count = encoder->from ? plan->pending.count : 0,
                                       .first = encoder->from ? encoder_first_field(encoder) * plan->cells : 0,
                                       .from_fp64 = from_fp64,
                                       .to_fp64 = to_fp64,
                                       .remainders = !from_fp64};
  if (!encoder->source.of) {
    record_dispatch_in(recorder, KERNEL_TAKE_FIELD, from_fp64 || to_fp64 ? VORDEC_FP64 : VORDEC_FP32,
                       encoder->source.take, &push, plan->cells);
  }
  record_mark(recorder, VORDEC_STAGE_SCATTER_LOWK);
}

/* ---- sums ---- */

static void sum_along_x(struct recorder *recorder) {
  const struct vordec_backend_encoder *encoder = encoder_of(recorder->plan);
  if (!has_modes(recorder->plan)) return;
  record_adjoint_rows_of(recorder, &encoder->sums, encoder->source.sums, encoder->source.first_at);
}

static void sum_along_y(struct recorder *recorder) {
  if (has_modes(recorder->plan)) record_adjoint_columns(recorder, &encoder_of(recorder->plan)->sums);
}

/* Makes the lines of R's modes again, from their spectrum. */
static void sum_back_along_y(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  if (!has_modes(plan)) return;
  const struct mode_table *table = &plan->low_modes;
  const struct direct_columns_push push = {.n = plan->n, .columns = table->column_count, .entries = table->mode_count};
  const enum plan_buffer buffers[] = {PLAN_MODE_SPECTRUM, PLAN_LOW_MODES, PLAN_LOW_COLUMNS, PLAN_TWIDDLE, PLAN_LINES};
  record_kernel(recorder, KERNEL_DIRECT_COLUMNS, buffers, &push, table->column_count * plan->n);
}

static void sum_rest(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  const struct field_rest_push push = {.n = plan->n,
                                       .columns = plan->low_modes.column_count,
                                       .groups = plan->groups,
                                       .offset = partial_offset(plan, PARTIAL_REST)};
  const bool modes = has_modes(plan); /* a binding needs a buffer even if the kernel never reads it */
  const enum plan_buffer buffers[] = {modes ? PLAN_PAIR_BASIS : PLAN_TWIDDLE, modes ? PLAN_LINES : PLAN_TWIDDLE,
                                      PLAN_FIELD_B, PLAN_PARTIALS};
  record_kernel(recorder, KERNEL_FIELD_REST, buffers, &push, plan->groups * VORDEC_WORKGROUP);
}

/* Records something that runs beside what is recorded next, which neither needs it nor disturbs it. */
static void beside(struct recorder *recorder, void (*record)(struct recorder *recorder)) {
  recorder->overlap = true;
  record(recorder);
  recorder->overlap = false;
}

static void sum_support(struct recorder *recorder) {
  record_reduce(recorder, KERNEL_SUPPORT, recorder->plan->mask_buffer, PARTIAL_SUPPORT, false);
}

/* If there is little to do, the time goes into the number of kernels that run one after the other. So modes and mask
 * are made side by side, and if the rounds of the majority take more than one dispatch, the sums along x run beside
 * them. */
void record_encoder_mask(struct recorder *recorder) {
  const struct vordec_backend_encoder *encoder = encoder_of(recorder->plan);
  const struct bit_majority *majority = &encoder->mask.majority;
  const bool many = majority->dispatches > 1;
  record_encoder_residual(recorder, &encoder->mask, &encoder->source);
  if (!many) beside(recorder, sum_along_x);
  record_encoder_planes(recorder);
  for (uint32_t part = 0; part < majority->dispatches; part++) {
    if (many && part == 0) beside(recorder, sum_along_x);
    if (part == (many ? 1 : 0)) beside(recorder, sum_along_y);
    record_bit_majority_part(recorder, majority, part);
  }
}

static void measure(struct recorder *recorder) {
  record_mask(recorder);
  sum_support(recorder);
  record_mark(recorder, VORDEC_STAGE_COMBINE);
}

static void measure_rest(struct recorder *recorder) {
  sum_back_along_y(recorder);
  sum_rest(recorder);
}

/* ---- the script ---- */

static const char *label_of(enum plan_segment id) {
  switch ((int)id) {
  case SEGMENT_UPLOAD:
    return "upload of fields";
  case SEGMENT_UNPACK:
    return "fields of a simulation";
  case SEGMENT_MAIN:
    return "mask and sums";
  case SEGMENT_REST:
    return "rest of R";
  case SEGMENT_READ_MASK:
    return "readback mask";
  }
  return "readback sums";
}

static void record_segment(struct recorder *recorder, enum plan_segment id) {
  switch ((int)id) {
  case SEGMENT_UPLOAD:
    take_upload(recorder);
    return;
  case SEGMENT_UNPACK:
    take_simulation(recorder);
    return;
  case SEGMENT_MAIN:
    measure(recorder);
    return;
  case SEGMENT_REST:
    measure_rest(recorder);
    record_copy(recorder, PLAN_PARTIALS, PLAN_PARTIALS_READBACK);
    record_mark(recorder, VORDEC_STAGE_COMBINE);
    return;
  case SEGMENT_READ_MASK:
    record_readback(recorder, VORDEC_MASK);
    return;
  }
  record_copy(recorder, PLAN_PARTIALS, PLAN_PARTIALS_READBACK);
  record_copy(recorder, PLAN_SUMS, PLAN_SUMS_READBACK);
  record_mark(recorder, VORDEC_STAGE_READBACK);
}

static bool is_needed(const struct vordec_plan *plan, enum plan_segment id) {
  (void)plan;
  return (id <= SEGMENT_REST && id != SEGMENT_TAKE_Z) || id == SEGMENT_READ_MASK || id == SEGMENT_READ_SCALARS;
}

/* Writes numbers to those places of a batch that no job has used yet. */
static void warm_up(struct recorder *recorder) {
  record_zero(recorder, PLAN_OMEGA_LP);
  take_simulation(recorder);
  measure(recorder);
  measure_rest(recorder);
}

/* Little is read back, unless somebody wants the mask. */
const struct segment_script encode_script = {
    .label = label_of, .record = record_segment, .needs = is_needed, .warm_up = warm_up, .copies_apart = false};
