/* SPDX-License-Identifier: MIT */
#include "vulkan_comparer_job.h"

#include <string.h>

#include "gpu/vulkan_host.h"
#include "plan/chunk.h"
#include "plan/plan_segments.h"
#include "plan/submissions.h"
#include "push_constants.h"
#include "simulate/vulkan_simulation_steps.h"
#include "vulkan_comparer_record.h"

/* ---- where w comes from ---- */

static enum vordec_status put_field(const struct vordec_backend_comparer *comparer, struct vordec_error *error) {
  const struct vordec_plan *plan = comparer->plan;
  struct gpu *gpu = &plan->session->gpu;
  const struct buffer *upload = &plan->buffers[PLAN_FIELD_UPLOAD];
  memcpy(upload->mapped, comparer->job->omega, (size_t)plan->cells * sizeof(double));
  const VkResult result = buffer_flush(gpu, upload);
  return result == VK_SUCCESS ? VORDEC_OK : gpu_fail(gpu, result, "vkFlushMappedMemoryRanges", error);
}

static struct comparer_source source_of(const struct vordec_backend_comparer *comparer) {
  const struct vordec_compare_job *job = comparer->job;
  if (job->omega) return (struct comparer_source){.field = VK_NULL_HANDLE};
  if (job->simulation) {
    const bool fp64 = job->simulation->setup.precision == VORDEC_FP64;
    const struct buffer *buffers = job->simulation->buffers;
    return (struct comparer_source){.field = buffers[SIMULATION_FIELD].handle,
                                    .remainder = buffers[fp64 ? SIMULATION_FIELD : SIMULATION_REMAINDER].handle,
                                    .first = job->member * comparer->plan->cells,
                                    .fp64 = fp64,
                                    .remainders = !fp64};
  }
  const VkBuffer field = job->plan
                             ? job->plan->buffers[job->output == VORDEC_OMEGA_HAT ? PLAN_FIELD_B : PLAN_OMEGA_LP].handle
                             : comparer->kept[job->field].handle;
  return (struct comparer_source){
      .field = field, .remainder = field, .fp64 = !job->plan || job->plan->desc.precision == VORDEC_FP64};
}

/* ---- what is wanted ---- */

static void add_segment(struct segment_list *list, int id) {
  list->ids[list->count++] = (enum plan_segment)id;
}

static bool uses_kept(const struct vordec_compare_job *job) {
  return job->keep != VORDEC_NO_FIELD || job->add != VORDEC_NO_FIELD || job->pairs > 0;
}

static struct segment_list list_segments(const struct vordec_compare_job *job) {
  struct segment_list list = {.count = 0};
  add_segment(&list, job->omega ? SEGMENT_UPLOAD : SEGMENT_UNPACK);
  if (uses_kept(job)) add_segment(&list, SEGMENT_COMPARE);
  add_segment(&list, SEGMENT_MAIN); /* even if nobody asks for it, so that every job has some evidence to show */
  if (job->shell) add_segment(&list, SEGMENT_SHELLS);
  if (job->copy) add_segment(&list, SEGMENT_READ_LP);
  if (job->shell) add_segment(&list, SEGMENT_READ_SHELLS);
  if (job->moments || job->pairs > 0) add_segment(&list, SEGMENT_READ_SCALARS);
  return list;
}

/* Records the segments that name buffers of the job. */
static enum vordec_status record_job(struct vordec_backend_comparer *comparer, struct vordec_error *error) {
  struct vordec_plan *plan = comparer->plan;
  enum vordec_status status = VORDEC_OK;
  vulkan_comparer_bind(comparer);
  if (!comparer->job->omega) status = plan_segment_record(plan, SEGMENT_UNPACK, error);
  if (!status && uses_kept(comparer->job)) status = plan_segment_record(plan, SEGMENT_COMPARE, error);
  return status;
}

/* ---- sums of parts to sums of all ---- */

/* The kind of a sum, and the pair that it belongs to. */
struct sums {
  const struct vordec_plan *plan;
  uint32_t place;
};

enum moment { MOMENT_W, MOMENT_F, MOMENT_WW, MOMENT_FF, MOMENT_WF, MOMENT_DIFFERENCE };

static double part(const struct sums *sums, enum moment which, uint32_t group) {
  const double *values = sums->plan->buffers[PLAN_PARTIALS_READBACK].mapped;
  return values[(sums->place * VORDEC_MOMENTS + which) * sums->plan->groups + group];
}

/* How many cells a part has, as in moments.comp. */
static double cells_of(const struct vordec_plan *plan, uint32_t group) {
  const uint32_t share = (plan->cells - 1) / plan->groups + 1;
  const uint64_t begin = (uint64_t)group * share, end = begin + share;
  return begin >= plan->cells ? 0.0 : (double)((end < plan->cells ? end : plan->cells) - begin);
}

static double mean_of(const struct sums *sums, enum moment which) {
  double sum = 0.0;
  for (uint32_t i = 0; i < sums->plan->groups; i++) sum += part(sums, which, i);
  return sum / sums->plan->cells;
}

/* Returns the sum of products about the means of a and b, from the sums about the means of the parts. */
static double about_means(const struct sums *sums, enum moment which, enum moment a, enum moment b) {
  const double mean_a = mean_of(sums, a), mean_b = mean_of(sums, b);
  double sum = 0.0;
  for (uint32_t i = 0; i < sums->plan->groups; i++) {
    const double cells = cells_of(sums->plan, i);
    if (cells == 0.0) continue;
    sum += part(sums, which, i) + cells * (part(sums, a, i) / cells - mean_a) * (part(sums, b, i) / cells - mean_b);
  }
  return sum / sums->plan->cells;
}

static struct vordec_field_moments moments_of(const struct sums *sums, enum moment own, enum moment square) {
  struct vordec_field_moments moments = {.mean = mean_of(sums, own), .variance = about_means(sums, square, own, own)};
  moments.square = moments.variance + moments.mean * moments.mean;
  return moments;
}

static struct vordec_pair_moments pair_of(const struct sums *sums) {
  return (struct vordec_pair_moments){.f = moments_of(sums, MOMENT_F, MOMENT_FF),
                                      .difference = mean_of(sums, MOMENT_DIFFERENCE),
                                      .covariance = about_means(sums, MOMENT_WF, MOMENT_W, MOMENT_F)};
}

static void hand_out(const struct vordec_backend_comparer *comparer) {
  const struct vordec_plan *plan = comparer->plan;
  const struct vordec_compare_job *job = comparer->job;
  const struct sums own = {plan, 0};
  if (job->moments) *job->moments = moments_of(&own, MOMENT_W, MOMENT_WW);
  for (uint32_t i = 0; i < job->pairs; i++) {
    const struct sums sums = {plan, i + 1};
    job->against[i] = pair_of(&sums);
  }
  if (job->shell) memcpy(job->shell, plan->buffers[PLAN_SUMS_READBACK].mapped, comparer->shells * sizeof(double));
  if (job->copy) memcpy(job->copy, plan->buffers[PLAN_LP_READBACK].mapped, (size_t)plan->cells * sizeof(double));
}

/* ---- a job ---- */

static enum vordec_status run(struct vordec_backend_comparer *comparer, struct vordec_error *error) {
  struct vordec_plan *plan = comparer->plan;
  plan->pending = (struct pending_job){.job = {.count = 1},
                                       .count = 1,
                                       .result = chunk_blank_result(plan),
                                       .alone = true,
                                       .list = list_segments(comparer->job)};
  enum vordec_status status = comparer->job->omega ? put_field(comparer, error) : VORDEC_OK;
  if (!status) status = record_job(comparer, error);
  if (!status) status = submissions_start(plan, error);
  if (!status) status = chunk_await(plan, error);
  if (!status) hand_out(comparer);
  return status;
}

enum vordec_status vulkan_comparer_run(struct vordec_backend_comparer *comparer, const struct vordec_compare_job *job,
                                       struct vordec_compare_result *result, struct vordec_error *error) {
  struct vordec_plan *plan = comparer->plan;
  enum vordec_status status = gpu_check(&plan->session->gpu, error);
  if (!status && job->simulation)
    status = vulkan_simulation_check(job->simulation, job->member, job->member + 1, error);
  if (status) return status;
  comparer->job = job;
  comparer->source = source_of(comparer);
  status = run(comparer, error);
  comparer->job = NULL;
  if (status) return status;
  result->device_ms = 0.0;
  for (int i = 0; i < VORDEC_STAGE_COUNT; i++) result->device_ms += plan->pending.result.stage_ms[i];
  result->evidence = plan->pending.result.evidence;
  return VORDEC_OK;
}
