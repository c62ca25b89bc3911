/* SPDX-License-Identifier: MIT */
#include "vulkan_comparer_record.h"

#include <string.h>

#include "plan/plan_segments.h"
#include "plan/record.h"
#include "plan/vulkan_synthesis.h"

/* ---- what a job names ---- */

/* Returns the number of pairs. While there is no job, it is that of a job that does everything. */
static uint32_t pairs_of(const struct vordec_backend_comparer *comparer) {
  if (comparer->fields == 0) return 0;
  return comparer->job ? comparer->job->pairs : comparer->pairs;
}

/* Returns a kept field; NULL: the job does without it. */
static const struct buffer *chosen(const struct vordec_backend_comparer *comparer, uint32_t field) {
  if (comparer->fields == 0) return NULL;
  if (!comparer->job) return &comparer->kept[0];
  return field == VORDEC_NO_FIELD ? NULL : &comparer->kept[field];
}

static const struct buffer *kept_in(const struct vordec_backend_comparer *comparer) {
  return chosen(comparer, comparer->job ? comparer->job->keep : 0);
}

static const struct buffer *added_to(const struct vordec_backend_comparer *comparer) {
  return chosen(comparer, comparer->job ? comparer->job->add : 0);
}

void vulkan_comparer_bind(const struct vordec_backend_comparer *comparer) {
  const struct vordec_plan *plan = comparer->plan;
  const struct kernels *kernels = &plan->session->kernels;
  const VkBuffer w = plan->buffers[PLAN_OMEGA_LP].handle, partials = plan->buffers[PLAN_PARTIALS].handle;
  const struct comparer_source *source = &comparer->source;
  if (source->field) {
    const VkBuffer take[KERNEL_BUFFERS_MAX] = {source->field, source->field, source->remainder, w, w};
    kernels_rebind(kernels, KERNEL_TAKE_FIELD, take, comparer->take);
  }
  const struct buffer *sum = added_to(comparer);
  if (sum) kernels_rebind(kernels, KERNEL_ADD_FIELD, (VkBuffer[KERNEL_BUFFERS_MAX]){w, sum->handle}, comparer->add);
  for (uint32_t i = 0; i < pairs_of(comparer); i++) {
    const struct buffer *other = &comparer->kept[comparer->job ? comparer->job->pair[i].field : 0];
    const VkBuffer against[KERNEL_BUFFERS_MAX] = {w, other->handle, partials};
    kernels_rebind(kernels, KERNEL_MOMENTS, against, comparer->against[i]);
  }
}

/* ---- the segments ---- */

static void take_upload(struct recorder *recorder) {
  record_copy(recorder, PLAN_FIELD_UPLOAD, PLAN_OMEGA_LP);
  record_mark(recorder, VORDEC_STAGE_SCATTER_LOWK);
}

/* Takes the field of the job. While there is no job there is none. */
static void take_field(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  const struct vordec_backend_comparer *comparer = comparer_of(plan);
  const struct comparer_source *source = &comparer->source;
  const struct take_field_push push = {.cells = plan->cells,
                                       .count = source->field != VK_NULL_HANDLE,
                                       .first = source->first,
                                       .from_fp64 = source->fp64,
                                       .to_fp64 = true,
                                       .remainders = source->remainders};
  record_dispatch(recorder, KERNEL_TAKE_FIELD, comparer->take, &push, plan->cells);
  record_mark(recorder, VORDEC_STAGE_SCATTER_LOWK);
}

static struct moments_push moments_of(const struct vordec_plan *plan, uint32_t place, double factor) {
  struct moments_push push = {
      .cells = plan->cells, .groups = plan->groups, .offset = place * VORDEC_MOMENTS * plan->groups};
  uint32_t words[2];
  memcpy(words, &factor, sizeof words);
  push.factor_lo = words[0];
  push.factor_hi = words[1];
  return push;
}

static void add_field(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  const struct add_field_push push = {.cells = plan->cells};
  record_dispatch(recorder, KERNEL_ADD_FIELD, comparer_of(plan)->add, &push, plan->cells);
}

/* Records the comparison. An operation always has the same number, whichever others a job has, because its speed is
 * remembered under that number. */
static void compare(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  const struct vordec_backend_comparer *comparer = comparer_of(plan);
  const struct buffer *kept = kept_in(comparer);
  if (kept) record_copy_out(recorder, PLAN_OMEGA_LP, 0, kept->handle, 0, kept->size);
  recorder->operation = 1;
  if (added_to(comparer)) add_field(recorder);
  recorder->operation = 2;
  for (uint32_t i = 0; i < pairs_of(comparer); i++) {
    const struct moments_push push = moments_of(plan, i + 1, comparer->job ? comparer->job->pair[i].factor : 1.0);
    record_dispatch(recorder, KERNEL_MOMENTS, comparer->against[i], &push, plan->groups * VORDEC_WORKGROUP);
  }
  recorder->operation = 2 + comparer->pairs;
  record_mark(recorder, VORDEC_STAGE_COMBINE);
}

static void sum_moments(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  const struct moments_push push = moments_of(plan, 0, 1.0);
  const enum plan_buffer buffers[] = {PLAN_OMEGA_LP, PLAN_OMEGA_LP, PLAN_PARTIALS};
  record_kernel(recorder, KERNEL_MOMENTS, buffers, &push, plan->groups * VORDEC_WORKGROUP);
  record_mark(recorder, VORDEC_STAGE_COMBINE);
}

static void sum_shells(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  const struct vordec_backend_comparer *comparer = comparer_of(plan);
  const struct hat_columns_push columns = {.groups = plan->groups};
  const struct shells_push shells = {.n = plan->n};
  const enum plan_buffer from[] = {PLAN_ROOTS, PLAN_FIELD_LINES, PLAN_HALF_SPECTRUM};
  const enum plan_buffer to[] = {PLAN_HALF_SPECTRUM, PLAN_SUMS};
  record_hat_rows(recorder, PLAN_OMEGA_LP);
  record_pipeline(recorder, KERNEL_MODE_ENERGIES, comparer->energies, from, &columns,
                  (struct workgroups){vulkan_synthesis_tiles(plan), 1});
  record_kernel(recorder, KERNEL_SHELLS, to, &shells, comparer->shells * VORDEC_WORKGROUP);
  record_mark(recorder, VORDEC_STAGE_COMBINE);
}

static void read_back(struct recorder *recorder, enum plan_buffer from, enum plan_buffer to) {
  record_copy(recorder, from, to);
  record_mark(recorder, VORDEC_STAGE_READBACK);
}

/* ---- the script ---- */

static const char *label_of(enum plan_segment id) {
  switch ((int)id) {
  case SEGMENT_UPLOAD:
    return "upload of a field";
  case SEGMENT_UNPACK:
    return "a field on the device";
  case SEGMENT_COMPARE:
    return "kept fields";
  case SEGMENT_MAIN:
    return "moments";
  case SEGMENT_SHELLS:
    return "shells";
  case SEGMENT_READ_LP:
    return "readback of a field";
  case SEGMENT_READ_SHELLS:
    return "readback of shells";
  }
  return "readback of sums";
}

static void record_segment(struct recorder *recorder, enum plan_segment id) {
  switch ((int)id) {
  case SEGMENT_UPLOAD:
    take_upload(recorder);
    return;
  case SEGMENT_UNPACK:
    take_field(recorder);
    return;
  case SEGMENT_COMPARE:
    compare(recorder);
    return;
  case SEGMENT_MAIN:
    sum_moments(recorder);
    return;
  case SEGMENT_SHELLS:
    sum_shells(recorder);
    return;
  case SEGMENT_READ_LP:
    read_back(recorder, PLAN_OMEGA_LP, PLAN_LP_READBACK);
    return;
  case SEGMENT_READ_SHELLS:
    read_back(recorder, PLAN_SUMS, PLAN_SUMS_READBACK);
    return;
  }
  read_back(recorder, PLAN_PARTIALS, PLAN_PARTIALS_READBACK);
}

static bool is_needed(const struct vordec_plan *plan, enum plan_segment id) {
  (void)plan;
  return id <= SEGMENT_SHELLS || id == SEGMENT_READ_LP || id == SEGMENT_READ_SHELLS || id == SEGMENT_READ_SCALARS;
}

/* Writes numbers to the fields that are kept, before anything else is. */
static void warm_up(struct recorder *recorder) {
  const struct vordec_backend_comparer *comparer = comparer_of(recorder->plan);
  record_zero(recorder, PLAN_OMEGA_LP);
  for (uint32_t i = 0; i < comparer->fields; i++) {
    record_copy_out(recorder, PLAN_OMEGA_LP, 0, comparer->kept[i].handle, 0, comparer->kept[i].size);
  }
  take_field(recorder);
  compare(recorder);
  sum_moments(recorder);
  sum_shells(recorder);
}

const struct segment_script compare_script = {
    .label = label_of, .record = record_segment, .needs = is_needed, .warm_up = warm_up, .copies_apart = false};
