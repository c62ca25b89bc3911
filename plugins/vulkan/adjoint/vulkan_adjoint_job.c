/* SPDX-License-Identifier: MIT */
#include "plan/chunk.h"
#include "plan/submissions.h"
#include "push_constants.h"
#include "vulkan_adjoint.h"

#include <string.h>

/* ---- cotangents on their way in ---- */

/* Uploads an array of the chunk's states, each of which has `pitch` bytes on the device. */
static enum vordec_status put(struct vordec_plan *plan, enum plan_buffer buffer, const void *from, size_t state_bytes,
                              size_t pitch, struct vordec_error *error) {
  struct gpu *gpu = &plan->session->gpu;
  const struct buffer *upload = &plan->buffers[buffer];
  const char *source = (const char *)from + plan->pending.first * state_bytes;
  const bool gaps = state_bytes != pitch;
  const size_t pieces = gaps ? plan->pending.count : 1, bytes = gaps ? state_bytes : plan->pending.count * state_bytes;
  for (size_t i = 0; i < pieces; i++) memcpy((char *)upload->mapped + i * pitch, source + i * state_bytes, bytes);
  const VkResult result = buffer_flush(gpu, upload);
  return result == VK_SUCCESS ? VORDEC_OK : gpu_fail(gpu, result, "vkFlushMappedMemoryRanges", error);
}

static enum vordec_status put_all(struct vordec_plan *plan, const struct vordec_adjoint_job *job,
                                  struct vordec_error *error) {
  const size_t field = (size_t)plan->cells * plan->real_bytes;
  enum vordec_status status = VORDEC_OK;
  if (job->omega_lp && job->z) status = put(plan, PLAN_FIELD_UPLOAD, job->omega_lp, field, field, error);
  if (job->omega_hat && !status) status = put(plan, PLAN_HAT_UPLOAD, job->omega_hat, field, field, error);
  if (!job->residual || status) return status;
  return put(plan, PLAN_MASK_UPLOAD, job->mask, plan->cells, 4 * (size_t)plan->words, error);
}

/* ---- derivatives on their way out ---- */

/* Copies the sum for one coefficient, which is entry `i` of the table. */
static void copy_sum(const struct vordec_backend_adjoint *adjoint, const struct vordec_adjoint_job *job, uint32_t place,
                     uint32_t i) {
  const struct vordec_plan *plan = adjoint->plan;
  const struct mode *mode = &plan->low_modes.modes[i];
  const bool mirrored = mode->source == VORDEC_ABSENT;
  const uint32_t own = mirrored ? mode->mirror : mode->source, state = plan->pending.first + place;
  const bool is_low = own < adjoint->m;
  const uint32_t kept = job->kept[state], at = own - adjoint->m;
  double sum[2] = {0.0, 0.0}, *z = job->z + (size_t)state * adjoint->d;
  if (!is_low && (at >= kept || !job->omega_hat)) return;
  for (uint32_t part = 0; part < 2; part++) {
    if (is_low && job->omega_lp) sum[part] += adjoint_sum(plan, place, 0, i, part);
    if (job->omega_hat) sum[part] += adjoint_sum(plan, place, 1, i, part);
  }
  z += is_low ? own : 2 * adjoint->m + 4 + at;
  z[0] = sum[0];
  z[is_low ? adjoint->m : kept] = mirrored ? -sum[1] : sum[1];
}

static void copy_results(const struct vordec_backend_adjoint *adjoint, const struct vordec_adjoint_job *job) {
  const struct vordec_plan *plan = adjoint->plan;
  const size_t field = (size_t)plan->cells * plan->real_bytes, first = plan->pending.first;
  if (job->z) memset(job->z + first * adjoint->d, 0, plan->pending.count * adjoint->d * sizeof *job->z);
  for (uint32_t place = 0; job->z && place < plan->pending.count; place++) {
    for (uint32_t i = 0; i < plan->low_modes.mode_count; i++) copy_sum(adjoint, job, place, i);
  }
  if (!job->residual) return;
  memcpy((char *)job->residual + first * field, plan->buffers[PLAN_HAT_READBACK].mapped, plan->pending.count * field);
}

/* ---- chunk by chunk ---- */

static void append(struct segment_list *list, enum adjoint_segment id) {
  list->ids[list->count++] = (enum plan_segment)id;
}

struct segment_list vulkan_adjoint_segments(const struct vordec_backend_adjoint *adjoint, bool lp, bool hat, bool z,
                                            bool residual) {
  struct segment_list list = {.count = 0};
  lp = lp && z;
  if (adjoint->shared) append(&list, ADJOINT_CLEAR);
  if (lp && !adjoint->shared) append(&list, ADJOINT_UPLOAD_LP);
  if (hat && !adjoint->shared) append(&list, lp ? ADJOINT_UPLOAD_HAT_TOO : ADJOINT_UPLOAD_HAT);
  if (z) append(&list, lp && hat ? ADJOINT_SUMS : lp ? ADJOINT_SUMS_LP : ADJOINT_SUMS_HAT);
  if (residual) append(&list, ADJOINT_GATE);
  if (z && !adjoint->shared) append(&list, ADJOINT_READ_SUMS);
  if (residual && !adjoint->shared) append(&list, ADJOINT_READ_RESIDUAL);
  return list;
}

static enum vordec_status run_chunk(struct vordec_backend_adjoint *adjoint, const struct vordec_adjoint_job *job,
                                    uint32_t first, struct vordec_error *error) {
  struct vordec_plan *plan = adjoint->plan;
  struct pending_job *pending = &plan->pending;
  const uint32_t left = job->count - first;
  pending->first = first;
  pending->count = left < plan->chunk ? left : plan->chunk;
  pending->list = vulkan_adjoint_segments(adjoint, job->omega_lp, job->omega_hat, job->z, job->residual);
  enum vordec_status status = put_all(plan, job, error);
  if (!status) status = submissions_start(plan, error);
  if (!status) status = chunk_await(plan, error);
  if (!status) copy_results(adjoint, job);
  return status;
}

void vulkan_adjoint_tell(const struct vordec_backend_adjoint *adjoint, struct vordec_adjoint_result *result) {
  const struct vordec_decode_result *pending = &adjoint->plan->pending.result;
  result->device_ms = 0.0;
  for (int i = 0; i < VORDEC_STAGE_COUNT; i++) result->device_ms += pending->stage_ms[i];
  result->evidence = pending->evidence;
}

enum vordec_status vulkan_adjoint_run(struct vordec_backend_adjoint *adjoint, const struct vordec_adjoint_job *job,
                                      struct vordec_adjoint_result *result, struct vordec_error *error) {
  struct vordec_plan *plan = adjoint->plan;
  enum vordec_status status = gpu_check(&plan->session->gpu, error);
  plan->pending = (struct pending_job){.job = {.count = job->count}, .result = chunk_blank_result(plan), .alone = true};
  for (uint32_t first = 0; first < job->count && !status; first += plan->chunk) {
    status = run_chunk(adjoint, job, first, error);
  }
  if (!status) vulkan_adjoint_tell(adjoint, result);
  return status;
}
