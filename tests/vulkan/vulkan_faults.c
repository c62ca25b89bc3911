/* SPDX-License-Identifier: MIT */
#include "vulkan_faults.h"

#include <execinfo.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH = 32, NOTED = 16384 };

static struct vk_table real;
/* Pipelines may be made by several threads; only with one is it always the same call that has a number. */
static atomic_uint calls, submissions;
static unsigned failing;
static VkResult failure;
static _Atomic(const char *) failed;
static atomic_long live;
static bool noting;
static unsigned noted; /* calls */
static uint64_t ways[NOTED];
static const char *names[NOTED];

/* FNV-1a of the return addresses. */
static uint64_t way_here(void) {
  void *frames[DEPTH];
  const int count = backtrace(frames, DEPTH);
  const unsigned char *bytes = (const unsigned char *)frames;
  uint64_t hash = 0xcbf29ce484222325U;
  for (size_t i = 0; i < (size_t)count * sizeof *frames; i++) hash = (hash ^ bytes[i]) * 0x100000001b3U;
  return hash;
}

void faults_note(void) {
  faults_arm(0, VK_SUCCESS);
  noting = true;
  noted = 0;
}

static bool among(uint64_t way, unsigned from, unsigned to) {
  for (unsigned i = from; i < to; i++) {
    if (ways[i] == way) return true;
  }
  return false;
}

/* Of our calls, those that can return VK_ERROR_DEVICE_LOST (Vulkan 1.3 specification, "Return Codes" of each). */
static bool may_lose_device(const char *name) {
  static const char *const list[] = {"vkCreateDevice", "vkQueueSubmit", "vkWaitForFences", "vkGetQueryPoolResults"};
  for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
    if (strcmp(name, list[i]) == 0) return true;
  }
  return false;
}

bool faults_worth(unsigned number, VkResult result) {
  if (number == 0 || number > noted || getenv("VORDEC_TEST_THOROUGH")) return true;
  if (result == VK_ERROR_DEVICE_LOST && !may_lose_device(names[number - 1])) return false;
  const uint64_t way = ways[number - 1];
  return !among(way, 0, number - 1) || !among(way, number, noted);
}

const char *faults_noted(unsigned number) {
  return number > 0 && number <= noted ? names[number - 1] : NULL;
}

void faults_arm(unsigned number, VkResult result) {
  noting = false;
  calls = submissions = 0;
  failing = number;
  failure = result;
  failed = NULL;
}

unsigned faults_calls(void) {
  return calls;
}
const char *faults_failed(void) {
  return failed;
}
long faults_live(void) {
  return live;
}
unsigned faults_submissions(void) {
  return submissions;
}

static bool fails(const char *name) {
  if (noting && noted < NOTED) {
    names[noted] = name;
    ways[noted++] = way_here();
  }
  if (atomic_fetch_add(&calls, 1) + 1 != failing) return false;
  failed = name;
  return true;
}

/* Calls that make nothing. */
#define PLAIN(name, parameters, arguments)                                                                             \
  static VKAPI_ATTR VkResult VKAPI_CALL wrapped_##name parameters {                                                    \
    return fails("vk" #name) ? failure : real.name arguments;                                                          \
  }
/* Calls that make `count` objects. */
#define MAKER(name, count, parameters, arguments)                                                                      \
  static VKAPI_ATTR VkResult VKAPI_CALL wrapped_##name parameters {                                                    \
    if (fails("vk" #name)) return failure;                                                                             \
    const VkResult result = real.name arguments;                                                                       \
    if (result == VK_SUCCESS) live += (long)(count);                                                                   \
    return result;                                                                                                     \
  }
#define BREAKER(name, handle, parameters, arguments)                                                                   \
  static VKAPI_ATTR void VKAPI_CALL wrapped_##name parameters {                                                        \
    if (handle) live--;                                                                                                \
    real.name arguments;                                                                                               \
  }
#define PAIR(type, noun)                                                                                               \
  MAKER(Create##noun, 1,                                                                                               \
        (VkDevice device, const Vk##noun##CreateInfo *info, const VkAllocationCallbacks *callbacks, type *handle),     \
        (device, info, callbacks, handle))                                                                             \
  BREAKER(Destroy##noun, handle, (VkDevice device, type handle, const VkAllocationCallbacks *callbacks),               \
          (device, handle, callbacks))

PLAIN(EnumerateInstanceExtensionProperties, (const char *layer, uint32_t *count, VkExtensionProperties *list),
      (layer, count, list))
MAKER(CreateInstance, 1,
      (const VkInstanceCreateInfo *info, const VkAllocationCallbacks *callbacks, VkInstance *instance),
      (info, callbacks, instance))
BREAKER(DestroyInstance, instance, (VkInstance instance, const VkAllocationCallbacks *callbacks), (instance, callbacks))
MAKER(CreateDebugUtilsMessengerEXT, 1,
      (VkInstance instance, const VkDebugUtilsMessengerCreateInfoEXT *info, const VkAllocationCallbacks *callbacks,
       VkDebugUtilsMessengerEXT *messenger),
      (instance, info, callbacks, messenger))
BREAKER(DestroyDebugUtilsMessengerEXT, messenger,
        (VkInstance instance, VkDebugUtilsMessengerEXT messenger, const VkAllocationCallbacks *callbacks),
        (instance, messenger, callbacks))
PLAIN(EnumeratePhysicalDevices, (VkInstance instance, uint32_t *count, VkPhysicalDevice *list), (instance, count, list))
PLAIN(EnumerateDeviceExtensionProperties,
      (VkPhysicalDevice device, const char *layer, uint32_t *count, VkExtensionProperties *list),
      (device, layer, count, list))
MAKER(CreateDevice, 1,
      (VkPhysicalDevice physical, const VkDeviceCreateInfo *info, const VkAllocationCallbacks *callbacks,
       VkDevice *device),
      (physical, info, callbacks, device))
BREAKER(DestroyDevice, device, (VkDevice device, const VkAllocationCallbacks *callbacks), (device, callbacks))

PAIR(VkBuffer, Buffer)
PAIR(VkShaderModule, ShaderModule)
PAIR(VkDescriptorSetLayout, DescriptorSetLayout)
PAIR(VkPipelineLayout, PipelineLayout)
PAIR(VkPipelineCache, PipelineCache)
PAIR(VkDescriptorPool, DescriptorPool)
PAIR(VkCommandPool, CommandPool)
PAIR(VkQueryPool, QueryPool)
PAIR(VkFence, Fence)
PAIR(VkSemaphore, Semaphore)
MAKER(CreateComputePipelines, count,
      (VkDevice device, VkPipelineCache cache, uint32_t count, const VkComputePipelineCreateInfo *infos,
       const VkAllocationCallbacks *callbacks, VkPipeline *pipelines),
      (device, cache, count, infos, callbacks, pipelines))
BREAKER(DestroyPipeline, pipeline, (VkDevice device, VkPipeline pipeline, const VkAllocationCallbacks *callbacks),
        (device, pipeline, callbacks))
MAKER(AllocateMemory, 1,
      (VkDevice device, const VkMemoryAllocateInfo *info, const VkAllocationCallbacks *callbacks,
       VkDeviceMemory *memory),
      (device, info, callbacks, memory))
BREAKER(FreeMemory, memory, (VkDevice device, VkDeviceMemory memory, const VkAllocationCallbacks *callbacks),
        (device, memory, callbacks))
MAKER(AllocateCommandBuffers, info->commandBufferCount,
      (VkDevice device, const VkCommandBufferAllocateInfo *info, VkCommandBuffer *commands), (device, info, commands))

static VKAPI_ATTR void VKAPI_CALL wrapped_FreeCommandBuffers(VkDevice device, VkCommandPool pool, uint32_t count,
                                                             const VkCommandBuffer *commands) {
  live -= (long)count;
  real.FreeCommandBuffers(device, pool, count, commands);
}

PLAIN(AllocateDescriptorSets, (VkDevice device, const VkDescriptorSetAllocateInfo *info, VkDescriptorSet *sets),
      (device, info, sets))
PLAIN(BindBufferMemory, (VkDevice device, VkBuffer buffer, VkDeviceMemory memory, VkDeviceSize offset),
      (device, buffer, memory, offset))
PLAIN(MapMemory,
      (VkDevice device, VkDeviceMemory memory, VkDeviceSize offset, VkDeviceSize size, VkMemoryMapFlags flags,
       void **data),
      (device, memory, offset, size, flags, data))
PLAIN(FlushMappedMemoryRanges, (VkDevice device, uint32_t count, const VkMappedMemoryRange *ranges),
      (device, count, ranges))
PLAIN(InvalidateMappedMemoryRanges, (VkDevice device, uint32_t count, const VkMappedMemoryRange *ranges),
      (device, count, ranges))
PLAIN(GetPipelineCacheData, (VkDevice device, VkPipelineCache cache, size_t *size, void *data),
      (device, cache, size, data))
PLAIN(ResetCommandBuffer, (VkCommandBuffer commands, VkCommandBufferResetFlags flags), (commands, flags))
PLAIN(BeginCommandBuffer, (VkCommandBuffer commands, const VkCommandBufferBeginInfo *info), (commands, info))
PLAIN(EndCommandBuffer, (VkCommandBuffer commands), (commands))
PLAIN(ResetFences, (VkDevice device, uint32_t count, const VkFence *fences), (device, count, fences))
PLAIN(WaitForFences, (VkDevice device, uint32_t count, const VkFence *fences, VkBool32 all, uint64_t timeout),
      (device, count, fences, all, timeout))
PLAIN(GetQueryPoolResults,
      (VkDevice device, VkQueryPool pool, uint32_t first, uint32_t count, size_t size, void *data, VkDeviceSize stride,
       VkQueryResultFlags flags),
      (device, pool, first, count, size, data, stride, flags))

PLAIN(GetMemoryFdKHR, (VkDevice device, const VkMemoryGetFdInfoKHR *info, int *fd), (device, info, fd))

static VKAPI_ATTR VkResult VKAPI_CALL wrapped_QueueSubmit(VkQueue queue, uint32_t count, const VkSubmitInfo *submits,
                                                          VkFence fence) {
  submissions++;
  return fails("vkQueueSubmit") ? failure : real.QueueSubmit(queue, count, submits, fence);
}

#define SWAP(name)                                                                                                     \
  do {                                                                                                                 \
    real.name = table->name;                                                                                           \
    table->name = wrapped_##name;                                                                                      \
  } while (0)

static void wrap_device(struct vk_table *table) {
  SWAP(DestroyDevice);
  SWAP(CreateBuffer);
  SWAP(DestroyBuffer);
  SWAP(CreateShaderModule);
  SWAP(DestroyShaderModule);
  SWAP(CreateDescriptorSetLayout);
  SWAP(DestroyDescriptorSetLayout);
  SWAP(CreatePipelineLayout);
  SWAP(DestroyPipelineLayout);
  SWAP(CreatePipelineCache);
  SWAP(DestroyPipelineCache);
  SWAP(CreateDescriptorPool);
  SWAP(DestroyDescriptorPool);
  SWAP(CreateCommandPool);
  SWAP(DestroyCommandPool);
  SWAP(CreateQueryPool);
  SWAP(DestroyQueryPool);
  SWAP(CreateFence);
  SWAP(DestroyFence);
  SWAP(CreateSemaphore);
  SWAP(DestroySemaphore);
  SWAP(CreateComputePipelines);
  SWAP(DestroyPipeline);
  SWAP(AllocateMemory);
  SWAP(FreeMemory);
  SWAP(AllocateCommandBuffers);
  SWAP(FreeCommandBuffers);
  SWAP(AllocateDescriptorSets);
  SWAP(BindBufferMemory);
  SWAP(MapMemory);
  if (table->GetMemoryFdKHR) SWAP(GetMemoryFdKHR);
  SWAP(FlushMappedMemoryRanges);
  SWAP(InvalidateMappedMemoryRanges);
  SWAP(GetPipelineCacheData);
  SWAP(ResetCommandBuffer);
  SWAP(BeginCommandBuffer);
  SWAP(EndCommandBuffer);
  SWAP(ResetFences);
  SWAP(WaitForFences);
  SWAP(GetQueryPoolResults);
  SWAP(QueueSubmit);
}

void faults_hook(struct vk_table *table, enum vk_table_part part) {
  switch (part) {
  case VK_TABLE_PART_GLOBAL:
    SWAP(EnumerateInstanceExtensionProperties);
    SWAP(CreateInstance);
    break;
  case VK_TABLE_PART_INSTANCE:
    SWAP(DestroyInstance);
    SWAP(EnumeratePhysicalDevices);
    SWAP(EnumerateDeviceExtensionProperties);
    SWAP(CreateDevice);
    if (!table->CreateDebugUtilsMessengerEXT) break;
    SWAP(CreateDebugUtilsMessengerEXT);
    SWAP(DestroyDebugUtilsMessengerEXT);
    break;
  case VK_TABLE_PART_DEVICE:
    wrap_device(table);
    break;
  }
}
