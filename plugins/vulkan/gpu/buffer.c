/* SPDX-License-Identifier: MIT */
#include "buffer.h"

#include "vk_result.h"

/* The memory flags that a place must have, and those that it would like to have, the most wanted first. */
struct wishes {
  VkMemoryPropertyFlags must, like[2];
};

static const struct wishes place_wishes[] = {
    [BUFFER_DEVICE] = {0, {VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, 0}},
    [BUFFER_SHARED] = {0, {VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, 0}},
    [BUFFER_UPLOAD] = {VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT, {VK_MEMORY_PROPERTY_HOST_COHERENT_BIT, 0}},
    [BUFFER_DEVICE_UPLOAD] = {VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT | VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT,
                              {VK_MEMORY_PROPERTY_HOST_COHERENT_BIT, 0}},
    [BUFFER_READBACK] = {VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT,
                         {VK_MEMORY_PROPERTY_HOST_CACHED_BIT, VK_MEMORY_PROPERTY_HOST_COHERENT_BIT}},
    [BUFFER_LENT] = {VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT,
                     {VK_MEMORY_PROPERTY_HOST_CACHED_BIT, 0}},
};

uint32_t buffer_memory_type(const struct device_facts *facts, enum buffer_place place, uint32_t type_bits) {
  const struct wishes *wishes = &place_wishes[place];
  uint32_t best = UINT32_MAX;
  int best_score = -1;
  for (uint32_t i = 0; i < facts->memory.memoryTypeCount; i++) {
    const VkMemoryPropertyFlags flags = facts->memory.memoryTypes[i].propertyFlags;
    if (!(type_bits & (1u << i)) || (flags & wishes->must) != wishes->must) continue;
    const int score = ((flags & wishes->like[0]) ? 2 : 0) + ((flags & wishes->like[1]) ? 1 : 0);
    if (score <= best_score) continue;
    best_score = score;
    best = i;
  }
  return best;
}

static VkBufferUsageFlags usage_of(enum buffer_place place) {
  switch (place) {
  case BUFFER_UPLOAD:
    return VK_BUFFER_USAGE_TRANSFER_SRC_BIT;
  case BUFFER_READBACK:
  case BUFFER_LENT:
    return VK_BUFFER_USAGE_TRANSFER_DST_BIT;
  case BUFFER_DEVICE:
  case BUFFER_SHARED:
  case BUFFER_DEVICE_UPLOAD:
    break;
  }
  return VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT;
}

/* Allocates memory. If call is NULL afterwards, the device has no memory of the kind. */
static VkResult allocate(struct gpu *gpu, enum buffer_place place, struct buffer *buffer, const char **call) {
  const struct vk_table *vk = &gpu->vk;
  VkMemoryRequirements need = {0};
  vk->GetBufferMemoryRequirements(gpu->device, buffer->handle, &need);
  const uint32_t type = buffer_memory_type(&gpu->facts, place, need.memoryTypeBits);
  *call = NULL;
  if (type == UINT32_MAX) return VK_ERROR_FEATURE_NOT_PRESENT;
  const VkMemoryDedicatedAllocateInfo dedicated = {.sType = VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO,
                                                   .buffer = buffer->handle};
  const VkExportMemoryAllocateInfo shared = {.sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO,
                                             .pNext = &dedicated,
                                             .handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT};
  const VkMemoryAllocateInfo info = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
                                     .pNext = place == BUFFER_SHARED ? &shared : NULL,
                                     .allocationSize = need.size,
                                     .memoryTypeIndex = type};
  *call = "vkAllocateMemory";
  VkResult result = vk->AllocateMemory(gpu->device, &info, NULL, &buffer->memory);
  if (result != VK_SUCCESS) {
    buffer->memory = VK_NULL_HANDLE;
    return result;
  }
  buffer->allocated = need.size;
  *call = "vkBindBufferMemory";
  result = vk->BindBufferMemory(gpu->device, buffer->handle, buffer->memory, 0);
  if (result != VK_SUCCESS || place == BUFFER_DEVICE || place == BUFFER_SHARED) return result;
  *call = "vkMapMemory";
  const VkMemoryPropertyFlags flags = gpu->facts.memory.memoryTypes[type].propertyFlags;
  buffer->coherent = (flags & VK_MEMORY_PROPERTY_HOST_COHERENT_BIT) != 0;
  result = vk->MapMemory(gpu->device, buffer->memory, 0, VK_WHOLE_SIZE, 0, &buffer->mapped);
  if (result != VK_SUCCESS) buffer->mapped = NULL;
  return result;
}

enum vordec_status buffer_create(struct gpu *gpu, enum buffer_place place, uint64_t size, const char *name,
                                 struct buffer *buffer, struct vordec_error *error) {
  *buffer = (struct buffer){.size = size, .shared = place == BUFFER_SHARED};
  /* Both queues share every buffer, so that handing it from one to the other takes no more than a semaphore. Memory
   * that others see has an owner instead: the queue that computes, or the others. */
  const bool shared = device_copies_apart(&gpu->facts) && place != BUFFER_SHARED;
  const uint32_t families[] = {gpu->facts.queue_family, gpu->facts.copy_family};
  const VkExternalMemoryBufferCreateInfo external = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO,
                                                     .handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT};
  const VkBufferCreateInfo info = {
      .sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
      .pNext = place == BUFFER_SHARED ? &external : NULL,
      .size = size,
      .usage = usage_of(place),
      .sharingMode = shared ? VK_SHARING_MODE_CONCURRENT : VK_SHARING_MODE_EXCLUSIVE,
      .queueFamilyIndexCount = shared ? 2 : 0,
      .pQueueFamilyIndices = families,
  };
  const char *call = "vkCreateBuffer";
  VkResult result = gpu->vk.CreateBuffer(gpu->device, &info, NULL, &buffer->handle);
  if (result != VK_SUCCESS) buffer->handle = VK_NULL_HANDLE;
  if (result == VK_SUCCESS) result = allocate(gpu, place, buffer, &call);
  if (result != VK_SUCCESS) {
    buffer_destroy(gpu, buffer);
    if (call) return gpu_fail(gpu, result, call, error);
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY,
                       "%.200s has no memory of the kind that a buffer needs (%.60s)", gpu->facts.info.name, name);
  }
  debug_name(&gpu->vk, gpu->device, VK_OBJECT_TYPE_BUFFER, (uint64_t)(uintptr_t)buffer->handle, name);
  return VORDEC_OK;
}

void buffer_destroy(struct gpu *gpu, struct buffer *buffer) {
  const struct vk_table *vk = &gpu->vk;
  if (buffer->mapped) vk->UnmapMemory(gpu->device, buffer->memory);
  if (buffer->handle) vk->DestroyBuffer(gpu->device, buffer->handle, NULL);
  if (buffer->memory) vk->FreeMemory(gpu->device, buffer->memory, NULL);
  *buffer = (struct buffer){0};
}

static VkMappedMemoryRange whole(const struct buffer *buffer) {
  return (VkMappedMemoryRange){
      .sType = VK_STRUCTURE_TYPE_MAPPED_MEMORY_RANGE, .memory = buffer->memory, .size = VK_WHOLE_SIZE};
}

VkResult buffer_flush(const struct gpu *gpu, const struct buffer *buffer) {
  if (buffer->coherent || !buffer->mapped) return VK_SUCCESS;
  const VkMappedMemoryRange range = whole(buffer);
  return gpu->vk.FlushMappedMemoryRanges(gpu->device, 1, &range);
}

VkResult buffer_invalidate(const struct gpu *gpu, const struct buffer *buffer) {
  if (buffer->coherent || !buffer->mapped) return VK_SUCCESS;
  const VkMappedMemoryRange range = whole(buffer);
  return gpu->vk.InvalidateMappedMemoryRanges(gpu->device, 1, &range);
}
