/* SPDX-License-Identifier: MIT */
#include "vulkan_encoder_job.h"

#include "core/base/parallel_copy.h"
#include "plan/chunk.h"
#include "plan/plan_segments.h"
#include "plan/readback.h"
#include "plan/reduce.h"
#include "plan/submissions.h"
#include "push_constants.h"
#include "simulate/vulkan_simulation_steps.h"
#include "vulkan_encoder_record.h"

#include <math.h>

/* The least share of R's mean square beside its modes that a difference can still tell. */
#define LEAST_SHARE 0.1

/* ---- fields on their way in ---- */

static enum vordec_status put_fields(struct vordec_plan *plan, const double *omega, struct vordec_error *error) {
  struct gpu *gpu = &plan->session->gpu;
  const struct buffer *upload = &plan->buffers[PLAN_FIELD_UPLOAD];
  const size_t values = (size_t)plan->pending.count * plan->cells, threads = plan->session->copy_threads;
  const double *from = omega + (size_t)plan->pending.first * plan->cells;
  if (plan->desc.precision == VORDEC_FP64) {
    parallel_copy(upload->mapped, from, values * sizeof *from, threads);
  } else {
    parallel_narrow(upload->mapped, from, values, threads);
  }
  const VkResult result = buffer_flush(gpu, upload);
  return result == VK_SUCCESS ? VORDEC_OK : gpu_fail(gpu, result, "vkFlushMappedMemoryRanges", error);
}

/* ---- results on their way out ---- */

static double partial_at(const struct vordec_plan *plan, size_t i) {
  const void *values = plan->buffers[PLAN_PARTIALS_READBACK].mapped;
  return plan->desc.precision == VORDEC_FP64 ? ((const double *)values)[i] : (double)((const float *)values)[i];
}

static double mean_of(const struct vordec_plan *plan, uint32_t place, enum partial_slot slot) {
  const size_t at = partial_offset(plan, slot) + (size_t)place * plan->groups;
  double sum = 0.0;
  for (uint32_t i = 0; i < plan->groups; i++) sum += partial_at(plan, at + i);
  return sum / plan->cells;
}

/* Copies the modes of one field: the low modes of w, and the mid modes of R. */
static void copy_modes(const struct vordec_backend_encoder *encoder, uint32_t place, double *low, double *mid) {
  const struct vordec_plan *plan = encoder->plan;
  const struct mode_table *table = &plan->low_modes;
  for (uint32_t i = 0; i < table->mode_count; i++) {
    const struct mode *mode = &table->modes[i];
    const bool mirrored = mode->source == VORDEC_ABSENT;
    const uint32_t own = mirrored ? mode->mirror : mode->source;
    const bool is_low = own < encoder->low_count;
    double *to = is_low ? low + 2 * (size_t)own : mid + 2 * (size_t)(own - encoder->low_count);
    const double im = adjoint_sum(plan, place, is_low ? 0 : 1, i, 1) / plan->cells;
    to[0] = adjoint_sum(plan, place, is_low ? 0 : 1, i, 0) / plan->cells;
    to[1] = mirrored ? -im : im;
  }
}

/* Returns the part of R's mean square that its modes hold, by Parseval's theorem. */
static double held_by_modes(const struct vordec_plan *plan, uint32_t place) {
  const struct mode_table *table = &plan->low_modes;
  double sum = 0.0;
  for (uint32_t i = 0; i < table->mode_count; i++) {
    const double re = adjoint_sum(plan, place, 1, i, 0) / plan->cells;
    const double im = adjoint_sum(plan, place, 1, i, 1) / plan->cells;
    sum += mode_weight(&table->modes[i], plan->n) * (re * re + im * im);
  }
  return sum;
}

/* Returns what is left of R's mean square. NAN: too little is left for the difference to be meaningful. */
static double left_of_square(const struct vordec_plan *plan, uint32_t place) {
  const double square = mean_of(plan, place, PARTIAL_SQUARE), left = square - held_by_modes(plan, place);
  return left >= LEAST_SHARE * square ? left : NAN;
}

/* Sums the rest cell by cell for all fields, if too little is left of any field's R. */
static enum vordec_status sum_rest(struct vordec_plan *plan, struct vordec_error *error) {
  bool told = true;
  for (uint32_t i = 0; i < plan->pending.count; i++) told = told && !isnan(left_of_square(plan, i));
  if (told) return VORDEC_OK;
  plan->pending.list = (struct segment_list){{SEGMENT_REST}, 1};
  const enum vordec_status status = submissions_start(plan, error);
  return status ? status : chunk_await(plan, error);
}

static double high_of(const struct vordec_plan *plan, uint32_t place) {
  const double left = left_of_square(plan, place);
  return isnan(left) ? mean_of(plan, place, PARTIAL_REST) : left;
}

static void copy_results(const struct vordec_backend_encoder *encoder, const struct vordec_encode_job *job) {
  const struct vordec_plan *plan = encoder->plan;
  readback_finish(plan);
  for (uint32_t i = 0; i < plan->pending.count; i++) {
    const size_t at = plan->pending.first + i;
    copy_modes(encoder, i, job->low + 2 * at * encoder->low_count, job->mid + 2 * at * encoder->mid_count);
    job->high[at] = high_of(plan, i);
    job->support[at] = mean_of(plan, i, PARTIAL_SUPPORT);
  }
}

/* ---- chunk by chunk ---- */

static enum vordec_status run_chunk(struct vordec_backend_encoder *encoder, const struct vordec_encode_job *job,
                                    uint32_t first, struct vordec_error *error) {
  struct vordec_plan *plan = encoder->plan;
  struct pending_job *pending = &plan->pending;
  const uint32_t left = job->count - first;
  pending->first = first;
  pending->count = left < plan->chunk ? left : plan->chunk;
  pending->list = (struct segment_list){{job->simulation ? SEGMENT_UNPACK : SEGMENT_UPLOAD, SEGMENT_MAIN}, 2};
  pending->list.ids[pending->list.count++] = SEGMENT_READ_SCALARS;
  if (job->mask) pending->list.ids[pending->list.count++] = SEGMENT_READ_MASK;
  const uint32_t member = encoder_first_field(encoder);
  enum vordec_status status = encoder_source_choose(plan, &encoder->source, encoder->from, member, error);
  if (!status && !job->simulation) status = put_fields(plan, job->omega, error);
  if (!status) status = submissions_start(plan, error);
  if (!status) status = chunk_await(plan, error);
  if (!status) status = sum_rest(plan, error);
  if (!status) copy_results(encoder, job);
  return status;
}

enum vordec_status vulkan_encoder_run(struct vordec_backend_encoder *encoder, const struct vordec_encode_job *job,
                                      struct vordec_encode_result *result, struct vordec_error *error) {
  struct vordec_plan *plan = encoder->plan;
  enum vordec_status status = gpu_check(&plan->session->gpu, error);
  if (!status && job->simulation) {
    status = vulkan_simulation_check(job->simulation, job->first_member, job->first_member + job->count, error);
  }
  plan->pending =
      (struct pending_job){.job = {.count = job->count, .outputs = job->mask ? VORDEC_MASK : 0, .mask = job->mask},
                           .result = chunk_blank_result(plan),
                           .alone = true};
  encoder->from = job->simulation;
  encoder->first_member = job->first_member;
  for (uint32_t first = 0; first < job->count && !status; first += plan->chunk) {
    status = run_chunk(encoder, job, first, error);
  }
  encoder->from = NULL;
  if (status) return status;
  result->device_ms = 0.0;
  for (int i = 0; i < VORDEC_STAGE_COUNT; i++) result->device_ms += plan->pending.result.stage_ms[i];
  result->evidence = plan->pending.result.evidence;
  return VORDEC_OK;
}
