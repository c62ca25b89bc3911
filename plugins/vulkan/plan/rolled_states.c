/* SPDX-License-Identifier: MIT */
#include "rolled_states.h"

#include "gpu/debug.h"
#include "gpu/vk_result.h"
#include "rollout/vulkan_rollout.h"

uint64_t rolled_state_bytes(const struct vordec_plan *plan) {
  return (uint64_t)rollout_pitch(plan->desc.d) * plan->real_bytes;
}

enum vordec_status rolled_states_check(const struct vordec_plan *plan, const struct vordec_backend_rollout *rollout,
                                       struct vordec_error *error) {
  if (rollout->d != plan->desc.d || rollout->precision != plan->desc.precision) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NONE,
                       "the rollout's states are of another precision or length than the plan's");
  }
  return rollout_alive(rollout, error);
}

enum vordec_status rolled_states_prepare(struct vordec_plan *plan, struct vordec_error *error) {
  struct vordec_session *session = plan->session;
  const struct gpu *gpu = &session->gpu;
  if (!plan->buffers[PLAN_ROLLED].handle) return VORDEC_OK;
  const VkCommandBufferAllocateInfo allocate = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                                .commandPool = session->commands,
                                                .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                                .commandBufferCount = 1};
  const VkResult result = gpu->vk.AllocateCommandBuffers(gpu->device, &allocate, &plan->taking);
  if (result != VK_SUCCESS) {
    plan->taking = VK_NULL_HANDLE;
    return gpu_fail(&session->gpu, result, "vkAllocateCommandBuffers", error);
  }
  debug_name(&gpu->vk, gpu->device, VK_OBJECT_TYPE_COMMAND_BUFFER, (uint64_t)(uintptr_t)plan->taking,
             "states of a rollout");
  return VORDEC_OK;
}

static void barrier(const struct vordec_plan *plan) {
  const VkPipelineStageFlags work = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT;
  const VkMemoryBarrier memory = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
                                  .srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT,
                                  .dstAccessMask = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT |
                                                   VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_TRANSFER_WRITE_BIT};
  plan->session->gpu.vk.CmdPipelineBarrier(plan->taking, work, work, 0, 1, &memory, 0, NULL, 0, NULL);
}

static void record_copies(const struct vordec_plan *plan) {
  const struct vk_table *vk = &plan->session->gpu.vk;
  const struct pending_job *pending = &plan->pending;
  const struct buffer *to = &plan->buffers[PLAN_ROLLED];
  const struct rollout_place from =
      rollout_state_at(pending->job.rollout, vordec_job_state(&pending->job) + pending->first);
  const VkBufferCopy region = {.srcOffset = from.offset, .size = pending->count * rolled_state_bytes(plan)};
  barrier(plan);
  vk->CmdCopyBuffer(plan->taking, from.buffer->handle, to->handle, 1, &region);
  if (region.size < to->size) vk->CmdFillBuffer(plan->taking, to->handle, region.size, VK_WHOLE_SIZE, 0);
  barrier(plan);
}

enum vordec_status rolled_states_record(struct vordec_plan *plan, struct vordec_error *error) {
  const struct gpu *gpu = &plan->session->gpu;
  const VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
                                          .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT};
  const char *call = "vkResetCommandBuffer";
  VkResult result = gpu->vk.ResetCommandBuffer(plan->taking, 0);
  if (result == VK_SUCCESS) {
    call = "vkBeginCommandBuffer";
    result = gpu->vk.BeginCommandBuffer(plan->taking, &begin);
  }
  if (result == VK_SUCCESS) {
    record_copies(plan);
    call = "vkEndCommandBuffer";
    result = gpu->vk.EndCommandBuffer(plan->taking);
  }
  return result == VK_SUCCESS ? VORDEC_OK : gpu_fail(&plan->session->gpu, result, call, error);
}

void rolled_states_free(struct vordec_plan *plan) {
  struct vordec_session *session = plan->session;
  if (plan->taking) session->gpu.vk.FreeCommandBuffers(session->gpu.device, session->commands, 1, &plan->taking);
}
