/* SPDX-License-Identifier: MIT */
#include "segment_commands.h"

#include "gpu/debug.h"

void segment_barrier(const struct vordec_plan *plan, const struct segment *segment, bool host) {
  const bool computes = !segment->on_copy_queue;
  const VkPipelineStageFlags work =
      VK_PIPELINE_STAGE_TRANSFER_BIT | (computes ? VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT : 0u);
  const VkAccessFlags shader_read = computes ? VK_ACCESS_SHADER_READ_BIT : 0u;
  const VkAccessFlags shader_write = computes ? VK_ACCESS_SHADER_WRITE_BIT : 0u;
  const VkMemoryBarrier memory = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
                                  .srcAccessMask = shader_write | VK_ACCESS_TRANSFER_WRITE_BIT,
                                  .dstAccessMask = shader_read | shader_write | VK_ACCESS_TRANSFER_READ_BIT |
                                                   VK_ACCESS_TRANSFER_WRITE_BIT |
                                                   (host ? VK_ACCESS_HOST_READ_BIT : 0u)};
  plan->session->gpu.vk.CmdPipelineBarrier(segment->commands, work, work | (host ? VK_PIPELINE_STAGE_HOST_BIT : 0u), 0,
                                           1, &memory, 0, NULL, 0, NULL);
}

void segment_mark(const struct vordec_plan *plan, struct segment *segment, enum vordec_stage stage) {
  if (!plan->queries) return;
  plan->session->gpu.vk.CmdWriteTimestamp(segment->commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, plan->queries,
                                          segment->first_query + segment->marks);
  segment->stage[segment->marks++] = stage;
}

static bool reads_back(enum plan_segment id) {
  return id >= SEGMENT_READ_LP && id <= SEGMENT_READ_LENT;
}

/* Empties the segment. Its command buffer stays, if it has one, and so does what is known of its speed. */
static VkResult empty_segment(const struct vordec_plan *plan, enum plan_segment id, struct segment *segment,
                              const char **call) {
  const struct vordec_session *session = plan->session;
  const struct segment before = *segment;
  const bool apart = reads_back(id) && plan->copies_apart;
  *segment = (struct segment){.commands = before.commands,
                              .pool = apart ? session->copy_commands : session->commands,
                              .on_copy_queue = apart,
                              .first_query = (uint32_t)id * PLAN_MARKS_MAX,
                              .first_operation = before.first_operation,
                              .time = before.time};
  *call = "vkResetCommandBuffer";
  if (segment->commands) return session->gpu.vk.ResetCommandBuffer(segment->commands, 0);
  *call = "vkAllocateCommandBuffers";
  const VkCommandBufferAllocateInfo allocate = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                                .commandPool = segment->pool,
                                                .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                                .commandBufferCount = 1};
  const VkResult result = session->gpu.vk.AllocateCommandBuffers(session->gpu.device, &allocate, &segment->commands);
  if (result != VK_SUCCESS) segment->commands = VK_NULL_HANDLE;
  return result;
}

/* Resets time marks, which has to be done before they are written again: all that follow in a submission, or only the
 * segment's own. */
static void reset_marks(const struct vordec_plan *plan, enum plan_segment id, const struct segment *segment) {
  const struct vk_table *vk = &plan->session->gpu.vk;
  if (!plan->queries) return;
  if (plan_segment_begins(id) || id == SEGMENT_WARM_UP) {
    vk->CmdResetQueryPool(segment->commands, plan->queries, 0, SEGMENT_COUNT * PLAN_MARKS_MAX);
  } else if (id == SEGMENT_PACED) {
    vk->CmdResetQueryPool(segment->commands, plan->queries, segment->first_query, PLAN_MARKS_MAX);
  }
}

VkResult segment_begin(struct vordec_plan *plan, enum plan_segment id, const char *label, const char **call) {
  const struct gpu *gpu = &plan->session->gpu;
  struct segment *segment = &plan->segments[id];
  VkResult result = empty_segment(plan, id, segment, call);
  if (result != VK_SUCCESS) return result;
  debug_name(&gpu->vk, gpu->device, VK_OBJECT_TYPE_COMMAND_BUFFER, (uint64_t)(uintptr_t)segment->commands, label);
  const VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
  *call = "vkBeginCommandBuffer";
  result = gpu->vk.BeginCommandBuffer(segment->commands, &begin);
  if (result != VK_SUCCESS) return result;
  debug_begin(&gpu->vk, segment->commands, label);
  reset_marks(plan, id, segment);
  segment_barrier(plan, segment, false);
  segment_mark(plan, segment, VORDEC_STAGE_COUNT);
  return VK_SUCCESS;
}

VkResult segment_end(const struct vordec_plan *plan, struct segment *segment) {
  const struct vk_table *vk = &plan->session->gpu.vk;
  debug_end(vk, segment->commands);
  return vk->EndCommandBuffer(segment->commands);
}
