/* SPDX-License-Identifier: MIT */
#include "vulkan_shelf.h"

#include "gpu/debug.h"
#include "gpu/ownership.h"
#include "gpu/sharing.h"
#include "gpu/vulkan_host.h"
#include "rollout/vulkan_rollout.h"
#include "simulate/vulkan_simulation.h"

void vulkan_shelf_measure(struct vordec_shelf *shelf) {
  const struct vordec_backend_simulation *simulation = shelf->simulation;
  if (simulation) {
    shelf->count = simulation->setup.members;
    shelf->pitch = (uint64_t)simulation->setup.n * simulation->setup.n * simulation->real_bytes;
    return;
  }
  shelf->count = shelf->rollout->states;
  shelf->pitch = (uint64_t)shelf->rollout->d * shelf->rollout->real_bytes;
}

/* ---- its commands ---- */

/* A barrier after everything that the queue has been asked to do, and before everything that it will be. */
static void order(const struct vk_table *vk, VkCommandBuffer commands) {
  const VkMemoryBarrier memory = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
                                  .srcAccessMask = VK_ACCESS_MEMORY_WRITE_BIT,
                                  .dstAccessMask = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT};
  const VkPipelineStageFlags all = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
  vk->CmdPipelineBarrier(commands, all, all, 0, 1, &memory, 0, NULL, 0, NULL);
}

/* Records the copies. Fields follow each other without gaps; states are in rows that are padded. */
static void record_copies(const struct vordec_shelf *shelf) {
  const struct vk_table *vk = &shelf->session->gpu.vk;
  if (shelf->simulation) {
    const VkBufferCopy all = {.size = shelf->count * shelf->pitch};
    vk->CmdCopyBuffer(shelf->commands, shelf->simulation->buffers[SIMULATION_FIELD].handle, shelf->memory.handle, 1,
                      &all);
    return;
  }
  for (uint32_t i = 0; i < shelf->count; i++) {
    const VkBufferCopy state = {
        .srcOffset = i * rollout_row_bytes(shelf->rollout), .dstOffset = i * shelf->pitch, .size = shelf->pitch};
    vk->CmdCopyBuffer(shelf->commands, shelf->rollout->z.handle, shelf->memory.handle, 1, &state);
  }
}

static VkResult record(struct vordec_shelf *shelf, const char **call) {
  const struct vordec_session *session = shelf->session;
  const struct vk_table *vk = &session->gpu.vk;
  const VkCommandBufferAllocateInfo allocate = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                                .commandPool = session->commands,
                                                .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                                .commandBufferCount = 1};
  const VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
  *call = "vkAllocateCommandBuffers";
  VkResult result = vk->AllocateCommandBuffers(session->gpu.device, &allocate, &shelf->commands);
  if (result != VK_SUCCESS) {
    shelf->commands = VK_NULL_HANDLE;
    return result;
  }
  debug_name(vk, session->gpu.device, VK_OBJECT_TYPE_COMMAND_BUFFER, (uint64_t)(uintptr_t)shelf->commands, "shelf");
  *call = "vkBeginCommandBuffer";
  result = vk->BeginCommandBuffer(shelf->commands, &begin);
  if (result != VK_SUCCESS) return result;
  debug_begin(vk, shelf->commands, "shelf");
  order(vk, shelf->commands);
  record_copies(shelf);
  order(vk, shelf->commands);
  ownership_release(&session->gpu, shelf->commands, &shelf->memory);
  debug_end(vk, shelf->commands);
  *call = "vkEndCommandBuffer";
  return vk->EndCommandBuffer(shelf->commands);
}

/* ---- making it ---- */

static VkResult make_fence(struct vordec_shelf *shelf) {
  const struct gpu *gpu = &shelf->session->gpu;
  const VkFenceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
  const VkResult result = gpu->vk.CreateFence(gpu->device, &info, NULL, &shelf->fence);
  if (result != VK_SUCCESS) shelf->fence = VK_NULL_HANDLE;
  return result;
}

enum vordec_status vulkan_shelf_make(struct vordec_shelf *shelf, struct vordec_error *error) {
  struct gpu *gpu = &shelf->session->gpu;
  const char *call = "vkCreateFence";
  enum vordec_status status =
      buffer_create(gpu, BUFFER_SHARED, shelf->count * shelf->pitch, "shelf", &shelf->memory, error);
  if (!status && gpu->facts.shares_semaphores) status = sharing_semaphore(gpu, &shelf->semaphore, error);
  if (status) return status;
  VkResult result = make_fence(shelf);
  if (result == VK_SUCCESS) result = record(shelf, &call);
  return result == VK_SUCCESS ? VORDEC_OK : gpu_fail(gpu, result, call, error);
}

void vulkan_shelf_undo(struct vordec_shelf *shelf) {
  struct vordec_session *session = shelf->session;
  struct gpu *gpu = &session->gpu;
  session_settle(session);
  if (shelf->commands) gpu->vk.FreeCommandBuffers(gpu->device, session->commands, 1, &shelf->commands);
  if (shelf->fence) gpu->vk.DestroyFence(gpu->device, shelf->fence, NULL);
  if (shelf->semaphore) gpu->vk.DestroySemaphore(gpu->device, shelf->semaphore, NULL);
  buffer_destroy(gpu, &shelf->memory);
}
