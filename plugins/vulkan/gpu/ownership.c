/* SPDX-License-Identifier: MIT */
#include "ownership.h"

static void hand_over(const struct gpu *gpu, VkCommandBuffer commands, VkBufferMemoryBarrier what) {
  const VkPipelineStageFlags all = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
  what.sType = VK_STRUCTURE_TYPE_BUFFER_MEMORY_BARRIER;
  what.size = VK_WHOLE_SIZE;
  gpu->vk.CmdPipelineBarrier(commands, all, all, 0, 0, NULL, 1, &what, 0, NULL);
}

void ownership_acquire(const struct gpu *gpu, VkCommandBuffer commands, const struct buffer *buffer) {
  hand_over(gpu, commands,
            (VkBufferMemoryBarrier){.buffer = buffer->handle,
                                    .srcQueueFamilyIndex = VK_QUEUE_FAMILY_EXTERNAL,
                                    .dstQueueFamilyIndex = gpu->facts.queue_family,
                                    .dstAccessMask = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT});
}

void ownership_release(const struct gpu *gpu, VkCommandBuffer commands, const struct buffer *buffer) {
  hand_over(gpu, commands,
            (VkBufferMemoryBarrier){.buffer = buffer->handle,
                                    .srcQueueFamilyIndex = gpu->facts.queue_family,
                                    .dstQueueFamilyIndex = VK_QUEUE_FAMILY_EXTERNAL,
                                    .srcAccessMask = VK_ACCESS_MEMORY_WRITE_BIT});
}
