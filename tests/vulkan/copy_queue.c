/* SPDX-License-Identifier: MIT */
#include "copy_queue.h"

#include <string.h>

#define POOLS_MAX 16
#define COMMANDS_MAX 256

static struct vk_table real;
static uint32_t real_families; /* the pretended one comes after them */
static unsigned handoffs, violations;

/* Pools and command buffers of the pretended family; empty places are NULL. */
static VkCommandPool pools[POOLS_MAX];
static VkCommandBuffer copies[COMMANDS_MAX];

unsigned copy_queue_handoffs(void) {
  return handoffs;
}
unsigned copy_queue_violations(void) {
  return violations;
}

static bool only_copies(VkCommandBuffer commands) {
  for (int i = 0; i < COMMANDS_MAX; i++) {
    if (copies[i] == commands) return true;
  }
  return false;
}

static void forbid(VkCommandBuffer commands) {
  if (only_copies(commands)) violations++;
}

/* ---- the family ---- */

static VKAPI_ATTR void VKAPI_CALL families(VkPhysicalDevice device, uint32_t *count, VkQueueFamilyProperties *list) {
  uint32_t room = *count;
  if (!list) {
    real.GetPhysicalDeviceQueueFamilyProperties(device, count, NULL);
    real_families = *count;
    ++*count;
    return;
  }
  real.GetPhysicalDeviceQueueFamilyProperties(device, count, list);
  if (*count >= room) return;
  list[*count] = (VkQueueFamilyProperties){
      .queueFlags = VK_QUEUE_TRANSFER_BIT, .queueCount = 1, .timestampValidBits = list[0].timestampValidBits};
  ++*count;
}

static VKAPI_ATTR VkResult VKAPI_CALL create_device(VkPhysicalDevice physical, const VkDeviceCreateInfo *info,
                                                    const VkAllocationCallbacks *callbacks, VkDevice *device) {
  VkDeviceCreateInfo fewer = *info;
  if (fewer.queueCreateInfoCount == 2) fewer.queueCreateInfoCount = 1;
  return real.CreateDevice(physical, &fewer, callbacks, device);
}

static VKAPI_ATTR void VKAPI_CALL get_queue(VkDevice device, uint32_t family, uint32_t index, VkQueue *queue) {
  real.GetDeviceQueue(device, family < real_families ? family : 0, index, queue);
}

static VKAPI_ATTR VkResult VKAPI_CALL create_buffer(VkDevice device, const VkBufferCreateInfo *info,
                                                    const VkAllocationCallbacks *callbacks, VkBuffer *buffer) {
  VkBufferCreateInfo own = *info;
  if (own.sharingMode == VK_SHARING_MODE_CONCURRENT) {
    if (own.queueFamilyIndexCount != 2 || own.pQueueFamilyIndices[1] != real_families) violations++;
    own.sharingMode = VK_SHARING_MODE_EXCLUSIVE;
    own.queueFamilyIndexCount = 0;
  }
  return real.CreateBuffer(device, &own, callbacks, buffer);
}

/* ---- pools and command buffers of the family ---- */

static VKAPI_ATTR VkResult VKAPI_CALL create_pool(VkDevice device, const VkCommandPoolCreateInfo *info,
                                                  const VkAllocationCallbacks *callbacks, VkCommandPool *pool) {
  VkCommandPoolCreateInfo own = *info;
  const bool pretended = own.queueFamilyIndex >= real_families;
  if (pretended) own.queueFamilyIndex = 0;
  const VkResult result = real.CreateCommandPool(device, &own, callbacks, pool);
  for (int i = 0; i < POOLS_MAX && pretended && result == VK_SUCCESS; i++) {
    if (pools[i]) continue;
    pools[i] = *pool;
    break;
  }
  return result;
}

static VKAPI_ATTR void VKAPI_CALL destroy_pool(VkDevice device, VkCommandPool pool,
                                               const VkAllocationCallbacks *callbacks) {
  for (int i = 0; i < POOLS_MAX; i++) {
    if (pool && pools[i] == pool) pools[i] = VK_NULL_HANDLE;
  }
  real.DestroyCommandPool(device, pool, callbacks);
}

static VKAPI_ATTR VkResult VKAPI_CALL allocate_commands(VkDevice device, const VkCommandBufferAllocateInfo *info,
                                                        VkCommandBuffer *commands) {
  const VkResult result = real.AllocateCommandBuffers(device, info, commands);
  bool pretended = false;
  for (int i = 0; i < POOLS_MAX; i++) pretended = pretended || pools[i] == info->commandPool;
  for (int i = 0; i < COMMANDS_MAX && pretended && result == VK_SUCCESS; i++) {
    if (copies[i]) continue;
    copies[i] = commands[0]; /* the plugin takes one at a time there */
    break;
  }
  return result;
}

static VKAPI_ATTR void VKAPI_CALL free_commands(VkDevice device, VkCommandPool pool, uint32_t count,
                                                const VkCommandBuffer *commands) {
  for (uint32_t given = 0; given < count; given++) {
    for (int i = 0; i < COMMANDS_MAX; i++) {
      if (commands[given] && copies[i] == commands[given]) copies[i] = NULL;
    }
  }
  real.FreeCommandBuffers(device, pool, count, commands);
}

/* ---- what such a family does not have ---- */

static VKAPI_ATTR void VKAPI_CALL dispatch(VkCommandBuffer commands, uint32_t x, uint32_t y, uint32_t z) {
  forbid(commands);
  real.CmdDispatch(commands, x, y, z);
}

static VKAPI_ATTR void VKAPI_CALL reset_queries(VkCommandBuffer commands, VkQueryPool queries, uint32_t first,
                                                uint32_t count) {
  forbid(commands);
  real.CmdResetQueryPool(commands, queries, first, count);
}

static VKAPI_ATTR void VKAPI_CALL barrier(VkCommandBuffer commands, VkPipelineStageFlags from, VkPipelineStageFlags to,
                                          VkDependencyFlags flags, uint32_t memory_count, const VkMemoryBarrier *memory,
                                          uint32_t buffer_count, const VkBufferMemoryBarrier *buffers,
                                          uint32_t image_count, const VkImageMemoryBarrier *images) {
  const VkPipelineStageFlags known = VK_PIPELINE_STAGE_TRANSFER_BIT | VK_PIPELINE_STAGE_HOST_BIT |
                                     VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT | VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT;
  if ((from | to) & ~known) forbid(commands);
  real.CmdPipelineBarrier(commands, from, to, flags, memory_count, memory, buffer_count, buffers, image_count, images);
}

/* A batch goes to one queue: all its command buffers only copy, or none does. */
static VKAPI_ATTR VkResult VKAPI_CALL submit(VkQueue queue, uint32_t count, const VkSubmitInfo *submits,
                                             VkFence fence) {
  for (uint32_t i = 0; i < count; i++) {
    uint32_t apart = 0;
    for (uint32_t j = 0; j < submits[i].commandBufferCount; j++) apart += only_copies(submits[i].pCommandBuffers[j]);
    if (apart != 0 && apart != submits[i].commandBufferCount) violations++;
    if (submits[i].waitSemaphoreCount > 0) handoffs++;
    if (submits[i].waitSemaphoreCount > 0 && apart == 0) violations++;
  }
  return real.QueueSubmit(queue, count, submits, fence);
}

#define SWAP(name, wrapped)                                                                                            \
  do {                                                                                                                 \
    real.name = table->name;                                                                                           \
    table->name = wrapped;                                                                                             \
  } while (0)

void copy_queue_hook(struct vk_table *table, enum vk_table_part part) {
  if (part == VK_TABLE_PART_INSTANCE) {
    SWAP(GetPhysicalDeviceQueueFamilyProperties, families);
    SWAP(CreateDevice, create_device);
  }
  if (part != VK_TABLE_PART_DEVICE) return;
  SWAP(GetDeviceQueue, get_queue);
  SWAP(CreateBuffer, create_buffer);
  SWAP(CreateCommandPool, create_pool);
  SWAP(DestroyCommandPool, destroy_pool);
  SWAP(AllocateCommandBuffers, allocate_commands);
  SWAP(FreeCommandBuffers, free_commands);
  SWAP(CmdDispatch, dispatch);
  SWAP(CmdResetQueryPool, reset_queries);
  SWAP(CmdPipelineBarrier, barrier);
  SWAP(QueueSubmit, submit);
}
