/* SPDX-License-Identifier: MIT */
#include "transfer.h"

#include "ownership.h"

/* A barrier after everything before it, and before the host reads. */
static void order(const struct vk_table *vk, VkCommandBuffer commands, VkPipelineStageFlags stages) {
  const VkMemoryBarrier memory = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
                                  .srcAccessMask = VK_ACCESS_MEMORY_WRITE_BIT,
                                  .dstAccessMask = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT};
  vk->CmdPipelineBarrier(commands, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, stages, 0, 1, &memory, 0, NULL, 0, NULL);
}

enum vordec_status transfer_once(struct vordec_session *session, const struct buffer *staging,
                                 const struct transfer *list, uint32_t count, struct vordec_error *error) {
  const struct vk_table *vk = &session->gpu.vk;
  VkCommandBuffer commands = VK_NULL_HANDLE;
  const VkCommandBufferAllocateInfo allocate = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                                .commandPool = session->commands,
                                                .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                                .commandBufferCount = 1};
  const VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
                                          .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT};
  VkResult result = buffer_flush(&session->gpu, staging);
  if (result != VK_SUCCESS) return gpu_fail(&session->gpu, result, "vkFlushMappedMemoryRanges", error);
  result = vk->AllocateCommandBuffers(session->gpu.device, &allocate, &commands);
  if (result != VK_SUCCESS) return gpu_fail(&session->gpu, result, "vkAllocateCommandBuffers", error);
  const char *call = "vkBeginCommandBuffer";
  result = vk->BeginCommandBuffer(commands, &begin);
  if (result == VK_SUCCESS) {
    order(vk, commands, VK_PIPELINE_STAGE_TRANSFER_BIT);
    for (uint32_t i = 0; i < count; i++) {
      if (list[i].region.size == 0) continue;
      if (list[i].shared) ownership_acquire(&session->gpu, commands, list[i].shared);
      vk->CmdCopyBuffer(commands, staging->handle, list[i].to, 1, &list[i].region);
      if (list[i].shared) ownership_release(&session->gpu, commands, list[i].shared);
    }
    order(vk, commands, VK_PIPELINE_STAGE_HOST_BIT | VK_PIPELINE_STAGE_ALL_COMMANDS_BIT);
    call = "vkEndCommandBuffer";
    result = vk->EndCommandBuffer(commands);
  }
  const enum vordec_status status = result == VK_SUCCESS ? session_submit(session, &commands, 1, error)
                                                         : gpu_fail(&session->gpu, result, call, error);
  session_settle(session);
  vk->FreeCommandBuffers(session->gpu.device, session->commands, 1, &commands);
  return status;
}
