/* SPDX-License-Identifier: MIT */
#include "chunk.h"

#include "gpu/vk_result.h"
#include "gpu/vulkan_host.h"
#include "readback_pieces.h"
#include "stage_times.h"

struct vordec_decode_result chunk_blank_result(const struct vordec_plan *plan) {
  const struct vordec_device *device = &plan->session->gpu.facts.info;
  struct vordec_decode_result result = {
      .evidence = {.type = device->type, .device_timestamps = plan->queries != VK_NULL_HANDLE}};
  memcpy(result.evidence.name, device->name, sizeof device->name);
  memcpy(result.evidence.driver, device->driver, sizeof device->driver);
  memcpy(result.evidence.uuid, device->uuid, sizeof device->uuid);
  return result;
}

/* Adds the device time of a finished segment's intervals to the stages. The segment's next run is judged by it, unless
 * it was done in pieces, since these may have been fewer than usual. VK_NOT_READY: a time mark is missing. */
static VkResult add_times(struct vordec_plan *plan, enum plan_segment id, double stage_ms[VORDEC_STAGE_COUNT]) {
  struct segment *segment = &plan->segments[id];
  double ms[PLAN_MARKS_MAX], sum = 0.0;
  const VkResult result = stage_times_read(plan, segment, ms);
  if (result != VK_SUCCESS) return result;
  for (uint32_t i = 1; i < segment->marks; i++) {
    stage_ms[segment->stage[i]] += ms[i];
    sum += ms[i];
  }
  if (!readback_pieces_replace(plan, id)) pace_learn(&segment->time, segment->units, sum);
  return VK_SUCCESS;
}

/* Learns without time marks, from the fact that no segment took longer than all of them together. If the fields came in
 * pieces, that is known only of the segments ahead of the first piece, since the host was copying while it waited for
 * the rest. */
static void learn_by_host_clock(struct vordec_plan *plan) {
  const struct pending_job *pending = &plan->pending;
  if (plan->queries || !pending->alone || pending->awaited) return;
  const double end_ms = pending->pieced ? pending->computed_ms : host_ms(plan->session->gpu.host);
  for (uint32_t i = 0; i < pending->list.count; i++) {
    struct segment *segment = &plan->segments[pending->list.ids[i]];
    if (pending->pieced && pending->list.ids[i] >= SEGMENT_READ_LP) continue;
    pace_learn(&segment->time, segment->units, end_ms - pending->start_ms);
  }
}

/* Gathers the evidence once the fence has been signalled. If there are timestamps, a segment counts as finished only if
 * its marks are there. */
static VkResult gather_evidence(struct vordec_plan *plan) {
  const struct segment_list *list = &plan->pending.list;
  struct vordec_decode_result *result = &plan->pending.result;
  struct vordec_evidence *evidence = &result->evidence;
  for (uint32_t i = 0; i < list->count; i++) {
    const struct segment *segment = &plan->segments[list->ids[i]];
    const VkResult marks = plan->queries ? add_times(plan, list->ids[i], result->stage_ms) : VK_SUCCESS;
    if (marks != VK_SUCCESS && marks != VK_NOT_READY) return marks;
    evidence->dispatches_recorded += segment->dispatches;
    if (marks == VK_SUCCESS) evidence->dispatches_completed += segment->dispatches;
    if (marks == VK_NOT_READY) evidence->device_timestamps = false;
  }
  return VK_SUCCESS;
}

static VkResult invalidate_outputs(const struct vordec_plan *plan) {
  for (int i = PLAN_LP_READBACK; i <= PLAN_NOT_FINITE_READBACK; i++) {
    if (!plan->buffers[i].mapped) continue;
    const VkResult result = buffer_invalidate(&plan->session->gpu, &plan->buffers[i]);
    if (result != VK_SUCCESS) return result;
  }
  return VK_SUCCESS;
}

enum vordec_status chunk_await(struct vordec_plan *plan, struct vordec_error *error) {
  const enum vordec_status status =
      plan->pending.awaited ? VORDEC_OK : session_await(plan->session, plan->fence, error);
  if (status) return status;
  learn_by_host_clock(plan);
  const char *call = "vkGetQueryPoolResults";
  VkResult visible = gather_evidence(plan);
  if (visible == VK_SUCCESS) {
    call = "vkInvalidateMappedMemoryRanges";
    visible = invalidate_outputs(plan);
  }
  return visible == VK_SUCCESS ? VORDEC_OK : gpu_fail(&plan->session->gpu, visible, call, error);
}
