/* SPDX-License-Identifier: MIT */
#include "small_memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define UNWRITTEN 0xff /* what memory holds that nobody has written: NaN, all bits */
#define STALE 0xdb     /* what a shadow holds before it is invalidated */

struct allocation {
  struct allocation *next;
  VkDeviceMemory memory;
  VkDeviceSize size;
  VkMemoryPropertyFlags flags;
  char *real, *shadow; /* of a mapping; the shadow NULL where the memory is coherent */
};

struct known_buffer {
  struct known_buffer *next;
  VkBuffer buffer;
  VkDeviceSize size;
};

static struct vk_table real;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct allocation *allocations;
static struct known_buffer *buffers;

/* ---- types ---- */

void small_memory_pose(const struct small_device *device, VkPhysicalDeviceMemoryProperties *memory) {
  const VkMemoryHeap whole = memory->memoryHeaps[0];
  bool apart = false;
  memory->memoryTypeCount = device->type_count;
  for (uint32_t i = 0; i < device->type_count; i++) {
    const bool local = device->types[i] & VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
    apart = apart || !local;
    memory->memoryTypes[i] = (VkMemoryType){.propertyFlags = device->types[i], .heapIndex = local ? 0 : 1};
  }
  memory->memoryHeapCount = apart ? 2 : 1;
  memory->memoryHeaps[0] =
      (VkMemoryHeap){.size = apart ? whole.size / 2 : whole.size, .flags = VK_MEMORY_HEAP_DEVICE_LOCAL_BIT};
  if (apart) memory->memoryHeaps[1] = (VkMemoryHeap){.size = whole.size / 2};
}

static VKAPI_ATTR void VKAPI_CALL requirements(VkDevice device, VkBuffer buffer, VkMemoryRequirements *need) {
  real.GetBufferMemoryRequirements(device, buffer, need);
  need->memoryTypeBits = (1u << small_device()->type_count) - 1;
}

/* ---- buffers ---- */

static VKAPI_ATTR VkResult VKAPI_CALL create_buffer(VkDevice device, const VkBufferCreateInfo *info,
                                                    const VkAllocationCallbacks *callbacks, VkBuffer *buffer) {
  const VkResult result = real.CreateBuffer(device, info, callbacks, buffer);
  struct known_buffer *known = result == VK_SUCCESS ? malloc(sizeof *known) : NULL;
  if (!known) return result;
  pthread_mutex_lock(&lock);
  *known = (struct known_buffer){buffers, *buffer, info->size};
  buffers = known;
  pthread_mutex_unlock(&lock);
  return result;
}

static VKAPI_ATTR void VKAPI_CALL destroy_buffer(VkDevice device, VkBuffer buffer,
                                                 const VkAllocationCallbacks *callbacks) {
  pthread_mutex_lock(&lock);
  struct known_buffer **link = &buffers;
  while (*link && (*link)->buffer != buffer) link = &(*link)->next;
  struct known_buffer *known = *link;
  if (known) *link = known->next;
  pthread_mutex_unlock(&lock);
  free(known);
  real.DestroyBuffer(device, buffer, callbacks);
}

VkDeviceSize small_memory_buffer_size(VkBuffer buffer) {
  pthread_mutex_lock(&lock);
  const struct known_buffer *known = buffers;
  while (known && known->buffer != buffer) known = known->next;
  const VkDeviceSize size = known ? known->size : 0;
  pthread_mutex_unlock(&lock);
  if (!size) small_overstep("a buffer is used that was not made");
  return size;
}

/* ---- allocations ---- */

static struct allocation *find(VkDeviceMemory memory) {
  pthread_mutex_lock(&lock);
  struct allocation *allocation = allocations;
  while (allocation && allocation->memory != memory) allocation = allocation->next;
  pthread_mutex_unlock(&lock);
  if (!allocation) small_overstep("memory is used that was not allocated");
  return allocation;
}

static void fill(VkDevice device, const struct allocation *allocation) {
  void *at = NULL;
  if (real.MapMemory(device, allocation->memory, 0, VK_WHOLE_SIZE, 0, &at) != VK_SUCCESS) return;
  memset(at, UNWRITTEN, allocation->size);
  real.UnmapMemory(device, allocation->memory);
}

static VKAPI_ATTR VkResult VKAPI_CALL allocate(VkDevice device, const VkMemoryAllocateInfo *info,
                                               const VkAllocationCallbacks *callbacks, VkDeviceMemory *memory) {
  const struct small_device *posed = small_device();
  if (info->memoryTypeIndex >= posed->type_count) small_overstep("memory of type %u", info->memoryTypeIndex);
  VkMemoryAllocateInfo own = *info;
  own.memoryTypeIndex = 0; /* llvmpipe's only one */
  struct allocation *allocation = malloc(sizeof *allocation);
  if (!allocation) return VK_ERROR_OUT_OF_HOST_MEMORY;
  const VkResult result = real.AllocateMemory(device, &own, callbacks, memory);
  if (result != VK_SUCCESS) {
    free(allocation);
    return result;
  }
  *allocation = (struct allocation){
      .memory = *memory, .size = info->allocationSize, .flags = posed->types[info->memoryTypeIndex]};
  fill(device, allocation);
  pthread_mutex_lock(&lock);
  allocation->next = allocations;
  allocations = allocation;
  pthread_mutex_unlock(&lock);
  return result;
}

static VKAPI_ATTR void VKAPI_CALL free_memory(VkDevice device, VkDeviceMemory memory,
                                              const VkAllocationCallbacks *callbacks) {
  pthread_mutex_lock(&lock);
  struct allocation **link = &allocations;
  while (*link && (*link)->memory != memory) link = &(*link)->next;
  struct allocation *allocation = *link;
  if (allocation) *link = allocation->next;
  pthread_mutex_unlock(&lock);
  if (allocation) free(allocation->shadow);
  free(allocation);
  real.FreeMemory(device, memory, callbacks);
}

/* ---- what the host sees ---- */

static VKAPI_ATTR VkResult VKAPI_CALL map(VkDevice device, VkDeviceMemory memory, VkDeviceSize offset,
                                          VkDeviceSize size, VkMemoryMapFlags flags, void **data) {
  struct allocation *allocation = find(memory);
  if (!(allocation->flags & VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT)) {
    small_overstep("vkMapMemory() of memory that the host does not see");
  }
  if (offset > allocation->size || (size != VK_WHOLE_SIZE && size > allocation->size - offset)) {
    small_overstep("vkMapMemory() beyond the memory's end");
  }
  void *at = NULL;
  const VkResult result = real.MapMemory(device, memory, 0, VK_WHOLE_SIZE, flags, &at);
  if (result != VK_SUCCESS) return result;
  allocation->real = at;
  if (allocation->flags & VK_MEMORY_PROPERTY_HOST_COHERENT_BIT) {
    *data = allocation->real + offset;
    return VK_SUCCESS;
  }
  allocation->shadow = aligned_alloc(4096, (allocation->size + 4095) / 4096 * 4096);
  if (!allocation->shadow) abort();
  memset(allocation->shadow, STALE, allocation->size);
  *data = allocation->shadow + offset;
  return VK_SUCCESS;
}

static VKAPI_ATTR void VKAPI_CALL unmap(VkDevice device, VkDeviceMemory memory) {
  struct allocation *allocation = find(memory);
  free(allocation->shadow);
  allocation->real = allocation->shadow = NULL;
  real.UnmapMemory(device, memory);
}

/* Bytes of a range, which must be of whole atoms or end with the memory. */
static VkDeviceSize length_of(const struct allocation *allocation, const VkMappedMemoryRange *range, const char *call) {
  if (!allocation->real) small_overstep("%s() of memory that is not mapped", call);
  if (range->offset > allocation->size) small_overstep("%s() beyond the memory's end", call);
  const VkDeviceSize rest = allocation->size - range->offset;
  const VkDeviceSize size = range->size == VK_WHOLE_SIZE ? rest : range->size;
  if (size > rest) small_overstep("%s() beyond the memory's end", call);
  if (range->offset % SMALL_ATOM_BYTES || (size % SMALL_ATOM_BYTES && size != rest)) {
    small_overstep("%s() of %llu bytes at %llu, which are not whole atoms of %u", call, (unsigned long long)size,
                   (unsigned long long)range->offset, SMALL_ATOM_BYTES);
  }
  return size;
}

static VKAPI_ATTR VkResult VKAPI_CALL flush(VkDevice device, uint32_t count, const VkMappedMemoryRange *ranges) {
  (void)device;
  for (uint32_t i = 0; i < count; i++) {
    const struct allocation *allocation = find(ranges[i].memory);
    const VkDeviceSize size = length_of(allocation, &ranges[i], "vkFlushMappedMemoryRanges");
    if (!allocation->shadow) continue;
    memcpy(allocation->real + ranges[i].offset, allocation->shadow + ranges[i].offset, size);
  }
  return VK_SUCCESS;
}

static VKAPI_ATTR VkResult VKAPI_CALL invalidate(VkDevice device, uint32_t count, const VkMappedMemoryRange *ranges) {
  (void)device;
  for (uint32_t i = 0; i < count; i++) {
    const struct allocation *allocation = find(ranges[i].memory);
    const VkDeviceSize size = length_of(allocation, &ranges[i], "vkInvalidateMappedMemoryRanges");
    if (!allocation->shadow) continue;
    memcpy(allocation->shadow + ranges[i].offset, allocation->real + ranges[i].offset, size);
  }
  return VK_SUCCESS;
}

void small_memory_hook(struct vk_table *table) {
  real = *table;
  table->GetBufferMemoryRequirements = requirements;
  table->CreateBuffer = create_buffer;
  table->DestroyBuffer = destroy_buffer;
  table->AllocateMemory = allocate;
  table->FreeMemory = free_memory;
  table->MapMemory = map;
  table->UnmapMemory = unmap;
  table->FlushMappedMemoryRanges = flush;
  table->InvalidateMappedMemoryRanges = invalidate;
}
