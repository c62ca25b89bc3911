/* SPDX-License-Identifier: MIT */
#include "submissions.h"

#include "gpu/vulkan_host.h"
#include "plan_segments.h"
#include "plan_share.h"
#include "readback_pieces.h"

struct commands {
  VkCommandBuffer list[3 + SEGMENTS_MAX];
  uint32_t count;
};

/* Returns the commands of those segments that go to one of the queues. `last`: the chunk ends with them. */
static struct commands commands_for(const struct vordec_plan *plan, const struct segment_list *segments,
                                    bool copy_queue, bool last) {
  struct commands commands = {.count = 0};
  if (!copy_queue && plan_share_takes(plan)) commands.list[commands.count++] = plan->sharing.taking;
  for (uint32_t i = 0; i < segments->count; i++) {
    const struct segment *segment = &plan->segments[segments->ids[i]];
    if (readback_pieces_replace(plan, segments->ids[i])) continue;
    if (segments->ids[i] == SEGMENT_UNPACK && plan->pending.job.rollout && !copy_queue) {
      commands.list[commands.count++] = plan->taking;
    }
    if (segment->on_copy_queue == copy_queue) commands.list[commands.count++] = segment->commands;
  }
  if (!copy_queue && last && plan_share_gives(plan)) commands.list[commands.count++] = plan->sharing.giving;
  return commands;
}

/* Makes two submissions, of which the copies begin once the rest is computed. */
static VkResult submit_both(struct vordec_plan *plan, const struct submission *computes,
                            const struct submission *copies, const char **call) {
  struct vordec_session *session = plan->session;
  const struct vk_table *vk = &session->gpu.vk;
  *call = "vkCreateSemaphore";
  VkResult result = plan->computed ? VK_SUCCESS : session_make_semaphore(session, &plan->computed);
  if (result != VK_SUCCESS) return result;
  struct submission first = *computes, second = *copies;
  first.signal = second.wait = plan->computed;
  *call = "vkQueueSubmit";
  result = session_start(session, &first);
  if (result != VK_SUCCESS) return result;
  result = session_start(session, &second);
  if (result == VK_SUCCESS) return result;
  /* Nobody will wait for the semaphore now, and so it cannot be used again. */
  vk->DeviceWaitIdle(session->gpu.device);
  vk->DestroySemaphore(session->gpu.device, plan->computed, NULL);
  plan->computed = VK_NULL_HANDLE;
  return result;
}

/* Starts the segments together. `whole`: they are the whole chunk; `last`: the chunk ends with them. */
static enum vordec_status start(struct vordec_plan *plan, const struct segment_list *segments, bool whole, bool last,
                                struct vordec_error *error) {
  struct vordec_session *session = plan->session;
  const struct commands main = commands_for(plan, segments, false, last);
  const struct commands reads = commands_for(plan, segments, true, last);
  struct submission computes = {.queue = session->queue, .commands = main.list, .count = main.count};
  const struct submission copies = {
      .queue = session->copy_queue, .commands = reads.list, .count = reads.count, .fence = plan->fence};
  const char *call = "vkResetFences";
  plan->pending.start_ms = host_ms(session->gpu.host);
  VkResult result = session->gpu.vk.ResetFences(session->gpu.device, 1, &plan->fence);
  if (result == VK_SUCCESS && plan->pending.pieced) {
    result = readback_pieces_start(plan, &computes, &copies, &call);
  } else if (result == VK_SUCCESS && reads.count > 0 && main.count > 0) {
    result = submit_both(plan, &computes, &copies, &call);
  } else if (result == VK_SUCCESS) {
    call = "vkQueueSubmit";
    computes.fence = plan->fence;
    if (whole && reads.count == 0) plan_share_attach(plan, &computes);
    result = session_start(session, reads.count > 0 ? &copies : &computes);
    if (result == VK_SUCCESS) plan_share_attached(plan, &computes);
  }
  if (result == VK_SUCCESS) plan->sharing.takes = false;
  return result == VK_SUCCESS ? VORDEC_OK : gpu_fail(&session->gpu, result, call, error);
}

/* ---- how long they take ---- */

#define UNKNOWN (-1.0)

static double expected_ms(const struct vordec_plan *plan, enum plan_segment id) {
  const struct segment *segment = &plan->segments[id];
  double sum = 0.0;
  if (segment->time.most > 0) return pace_expect_ms(&segment->time, segment->units);
  if (segment->cells <= PACE_FIRST_CELLS) return 0.0;
  for (uint32_t i = 0; i < segment->operations; i++) {
    const struct operation *operation = &plan->operations[segment->first_operation + i];
    if (operation->pace.most == 0) return UNKNOWN;
    sum += pace_expect_ms(&operation->pace, operation->units);
  }
  return sum;
}

static bool fit_into_one(const struct vordec_plan *plan, double aim_ms) {
  const struct segment_list *segments = &plan->pending.list;
  double sum = 0.0;
  for (uint32_t i = 0; i < segments->count; i++) {
    const double ms = expected_ms(plan, segments->ids[i]);
    if (ms == UNKNOWN) return false;
    sum += ms;
  }
  return sum <= aim_ms;
}

/* ---- in turn ---- */

struct group {
  struct segment_list segments;
  double expected_ms;
};

/* Hands over memory that others see, before or after segments that are not submitted together. */
static enum vordec_status hand_over(struct vordec_plan *plan, VkCommandBuffer commands, struct vordec_error *error) {
  return session_submit(plan->session, &commands, 1, error);
}

/* Runs a group of segments. Its time marks are read when the chunk is finished. */
static enum vordec_status run_group(struct vordec_plan *plan, struct group *group, struct vordec_error *error) {
  struct segment_list *marked = &plan->pending.list;
  if (group->segments.count == 0) return VORDEC_OK;
  enum vordec_status status = start(plan, &group->segments, false, false, error);
  if (!status) status = session_await(plan->session, plan->fence, error);
  for (uint32_t i = 0; i < group->segments.count; i++) marked->ids[marked->count++] = group->segments.ids[i];
  *group = (struct group){.expected_ms = 0.0};
  return status;
}

static enum vordec_status run_paced(struct vordec_plan *plan, enum plan_segment id, struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  if (id == SEGMENT_UNPACK && plan->pending.job.rollout) {
    status = session_submit(plan->session, &plan->taking, 1, error);
  }
  return status ? status : plan_segment_pace(plan, id, 0, &plan->pending.result, error);
}

static enum vordec_status start_in_turn(struct vordec_plan *plan, double aim_ms, struct vordec_error *error) {
  struct pending_job *pending = &plan->pending;
  const struct segment_list segments = pending->list;
  struct group group = {.expected_ms = 0.0};
  enum vordec_status status = VORDEC_OK;
  pending->list.count = 0;
  if (plan_share_takes(plan)) status = hand_over(plan, plan->sharing.taking, error);
  plan->sharing.takes = false;
  for (uint32_t i = 0; i < segments.count && !status; i++) {
    const enum plan_segment id = segments.ids[i];
    const double ms = expected_ms(plan, id);
    const bool fits = ms != UNKNOWN && ms <= aim_ms;
    if (!fits || group.expected_ms + ms > aim_ms) status = run_group(plan, &group, error);
    if (status) return status;
    if (fits) {
      group.segments.ids[group.segments.count++] = id;
      group.expected_ms += ms;
    } else {
      status = run_paced(plan, id, error);
    }
  }
  pending->awaited = group.segments.count == 0;
  if (!status && pending->awaited && plan_share_gives(plan)) status = hand_over(plan, plan->sharing.giving, error);
  if (status || pending->awaited) return status;
  for (uint32_t i = 0; i < group.segments.count; i++) pending->list.ids[pending->list.count++] = group.segments.ids[i];
  return start(plan, &group.segments, false, true, error);
}

enum vordec_status submissions_start(struct vordec_plan *plan, struct vordec_error *error) {
  const double aim_ms = pace_aim_ms(plan->session->submission_ms);
  plan->pending.awaited = false;
  if (plan->pending.first == 0) plan->sharing.takes = true;
  plan->pending.pieced = 0;
  if (!plan->operations || fit_into_one(plan, aim_ms)) {
    plan->pending.pieced = readback_pieces_fit(plan);
    return start(plan, &plan->pending.list, true, true, error);
  }
  const enum vordec_status status = plan_share_open(plan, error);
  return status ? status : start_in_turn(plan, aim_ms, error);
}
