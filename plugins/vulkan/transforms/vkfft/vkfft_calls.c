/* SPDX-License-Identifier: MIT */
#include "vkfft_calls.h"

#include "gpu/vulkan_host.h"

#include <locale.h>
#include <pthread.h>

/* The kinds of objects, in an order in which they may be destroyed. */
enum object_kind {
  OBJECT_COMMANDS = 0,
  OBJECT_PIPELINE,
  OBJECT_PIPELINE_LAYOUT,
  OBJECT_DESCRIPTOR_POOL,
  OBJECT_SET_LAYOUT,
  OBJECT_MODULE,
  OBJECT_BUFFER,
  OBJECT_MEMORY,
  OBJECT_BLOCK,
  OBJECT_KINDS
};

struct vkfft_object {
  struct vkfft_object *next;
  enum object_kind kind;
  uint64_t handle; /* of a block of memory: its address */
  VkCommandPool pool;
};

static pthread_mutex_t vkfft_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t vkfft_forks_once = PTHREAD_ONCE_INIT;
static struct vkfft_tracker *current;
static locale_t c_locale, outer_locale;

/* Before a fork, waits until VkFFT and its compiler are at rest, so that the child finds both in a consistent state. */
static void rest_before_fork(void) {
  pthread_mutex_lock(&vkfft_lock);
}

static void go_on_after_fork(void) {
  pthread_mutex_unlock(&vkfft_lock);
}

static void watch_forks(void) {
  pthread_atfork(rest_before_fork, go_on_after_fork, go_on_after_fork);
}

void vkfft_calls_enter(struct vkfft_tracker *tracker) {
  pthread_once(&vkfft_forks_once, watch_forks);
  pthread_mutex_lock(&vkfft_lock);
  current = tracker;
  if (!c_locale) c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  outer_locale = uselocale(c_locale);
}

void vkfft_calls_leave(void) {
  uselocale(outer_locale);
  current = NULL;
  pthread_mutex_unlock(&vkfft_lock);
}

static VkResult note(VkResult result, const char *call) {
  if (result != VK_SUCCESS && current->error == VK_SUCCESS) {
    current->error = result;
    current->call = call;
  }
  return result;
}

/* Makes room for one more object before the object is made, so that keeping track of it cannot fail afterwards. */
static struct vkfft_object *reserve(enum object_kind kind) {
  struct vkfft_object *object = host_alloc(current->host, 1, sizeof *object);
  if (object) object->kind = kind;
  return object;
}

static void keep(struct vkfft_object *object, uint64_t handle) {
  object->handle = handle;
  object->next = current->objects;
  current->objects = object;
}

/* Takes an object out of the tracker. NULL: it is not there. */
static struct vkfft_object *take(enum object_kind kind, uint64_t handle) {
  struct vkfft_object **link = &current->objects;
  while (*link && ((*link)->kind != kind || (*link)->handle != handle)) link = &(*link)->next;
  struct vkfft_object *object = *link;
  if (object) *link = object->next;
  return object;
}

static bool forget(enum object_kind kind, uint64_t handle) {
  struct vkfft_object *object = take(kind, handle);
  if (!object) return false;
  host_free(current->host, object);
  return true;
}

void *vkfft_malloc(size_t size) {
  return vkfft_calloc(size, 1);
}

void *vkfft_calloc(size_t count, size_t size) {
  struct vkfft_object *object = reserve(OBJECT_BLOCK);
  void *memory = object ? host_alloc(current->host, count, size) : NULL;
  if (!memory) {
    host_free(current->host, object);
    return NULL;
  }
  keep(object, (uint64_t)(uintptr_t)memory);
  return memory;
}

void vkfft_free(void *memory) {
  if (memory && forget(OBJECT_BLOCK, (uint64_t)(uintptr_t)memory)) host_free(current->host, memory);
}

static void destroy(const struct vkfft_tracker *tracker, const struct vkfft_object *object) {
  const struct vk_table *vk = tracker->vk;
  VkDevice device = tracker->device;
  const uintptr_t handle = (uintptr_t)object->handle;
  VkCommandBuffer commands = NULL;
  switch (object->kind) {
  case OBJECT_COMMANDS:
    commands = (VkCommandBuffer)handle;
    vk->FreeCommandBuffers(device, object->pool, 1, &commands);
    break;
  case OBJECT_PIPELINE:
    vk->DestroyPipeline(device, (VkPipeline)handle, NULL);
    break;
  case OBJECT_PIPELINE_LAYOUT:
    vk->DestroyPipelineLayout(device, (VkPipelineLayout)handle, NULL);
    break;
  case OBJECT_DESCRIPTOR_POOL:
    vk->DestroyDescriptorPool(device, (VkDescriptorPool)handle, NULL);
    break;
  case OBJECT_SET_LAYOUT:
    vk->DestroyDescriptorSetLayout(device, (VkDescriptorSetLayout)handle, NULL);
    break;
  case OBJECT_MODULE:
    vk->DestroyShaderModule(device, (VkShaderModule)handle, NULL);
    break;
  case OBJECT_BUFFER:
    vk->DestroyBuffer(device, (VkBuffer)handle, NULL);
    break;
  case OBJECT_MEMORY:
    vk->FreeMemory(device, (VkDeviceMemory)handle, NULL);
    break;
  case OBJECT_BLOCK:
    host_free(tracker->host, (void *)handle);
    break;
  case OBJECT_KINDS:
    break;
  }
}

void vkfft_calls_sweep(struct vkfft_tracker *tracker) {
  for (enum object_kind kind = 0; kind < OBJECT_KINDS; kind++) {
    struct vkfft_object **link = &tracker->objects;
    while (*link) {
      struct vkfft_object *object = *link;
      if (object->kind != kind) {
        link = &object->next;
        continue;
      }
      *link = object->next;
      destroy(tracker, object);
      host_free(tracker->host, object);
    }
  }
}

#define CALL_CREATE(name, handle_type, kind)                                                                           \
  VkResult vkfft_Create##name(VkDevice device, const Vk##name##CreateInfo *info,                                       \
                              const VkAllocationCallbacks *callbacks, handle_type *handle) {                           \
    struct vkfft_object *object = reserve(kind);                                                                       \
    *handle = VK_NULL_HANDLE;                                                                                          \
    if (!object) return note(VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreate" #name);                                           \
    const VkResult result = current->vk->Create##name(device, info, callbacks, handle);                                \
    if (result == VK_SUCCESS) {                                                                                        \
      keep(object, (uint64_t)(uintptr_t)*handle);                                                                      \
    } else {                                                                                                           \
      *handle = VK_NULL_HANDLE;                                                                                        \
      host_free(current->host, object);                                                                                \
    }                                                                                                                  \
    return note(result, "vkCreate" #name);                                                                             \
  }                                                                                                                    \
  void vkfft_Destroy##name(VkDevice device, handle_type handle, const VkAllocationCallbacks *callbacks) {              \
    if (forget(kind, (uint64_t)(uintptr_t)handle)) current->vk->Destroy##name(device, handle, callbacks);              \
  }

CALL_CREATE(Buffer, VkBuffer, OBJECT_BUFFER)
CALL_CREATE(ShaderModule, VkShaderModule, OBJECT_MODULE)
CALL_CREATE(DescriptorSetLayout, VkDescriptorSetLayout, OBJECT_SET_LAYOUT)
CALL_CREATE(PipelineLayout, VkPipelineLayout, OBJECT_PIPELINE_LAYOUT)
CALL_CREATE(DescriptorPool, VkDescriptorPool, OBJECT_DESCRIPTOR_POOL)

VkResult vkfft_CreateComputePipelines(VkDevice device, VkPipelineCache cache, uint32_t count,
                                      const VkComputePipelineCreateInfo *infos, const VkAllocationCallbacks *callbacks,
                                      VkPipeline *pipelines) {
  const char *call = "vkCreateComputePipelines";
  struct vkfft_object *object = reserve(OBJECT_PIPELINE);
  *pipelines = VK_NULL_HANDLE;
  if (!object || count != 1) {
    host_free(current->host, object);
    return note(object ? VK_ERROR_UNKNOWN : VK_ERROR_OUT_OF_HOST_MEMORY, call);
  }
  const VkResult result = current->vk->CreateComputePipelines(device, cache ? cache : current->pipeline_cache, count,
                                                              infos, callbacks, pipelines);
  if (result == VK_SUCCESS) {
    keep(object, (uint64_t)(uintptr_t)*pipelines);
  } else {
    *pipelines = VK_NULL_HANDLE;
    host_free(current->host, object);
  }
  return note(result, call);
}

void vkfft_DestroyPipeline(VkDevice device, VkPipeline pipeline, const VkAllocationCallbacks *callbacks) {
  if (forget(OBJECT_PIPELINE, (uint64_t)(uintptr_t)pipeline)) {
    current->vk->DestroyPipeline(device, pipeline, callbacks);
  }
}

VkResult vkfft_AllocateMemory(VkDevice device, const VkMemoryAllocateInfo *info, const VkAllocationCallbacks *callbacks,
                              VkDeviceMemory *memory) {
  struct vkfft_object *object = reserve(OBJECT_MEMORY);
  *memory = VK_NULL_HANDLE;
  if (!object) return note(VK_ERROR_OUT_OF_HOST_MEMORY, "vkAllocateMemory");
  const VkResult result = current->vk->AllocateMemory(device, info, callbacks, memory);
  if (result == VK_SUCCESS) {
    keep(object, (uint64_t)(uintptr_t)*memory);
    current->memory_bytes += info->allocationSize;
  } else {
    *memory = VK_NULL_HANDLE;
    host_free(current->host, object);
  }
  return note(result, "vkAllocateMemory");
}

void vkfft_FreeMemory(VkDevice device, VkDeviceMemory memory, const VkAllocationCallbacks *callbacks) {
  if (forget(OBJECT_MEMORY, (uint64_t)(uintptr_t)memory)) current->vk->FreeMemory(device, memory, callbacks);
}

VkResult vkfft_AllocateCommandBuffers(VkDevice device, const VkCommandBufferAllocateInfo *info,
                                      VkCommandBuffer *commands) {
  struct vkfft_object *object = reserve(OBJECT_COMMANDS);
  *commands = VK_NULL_HANDLE;
  if (!object) return note(VK_ERROR_OUT_OF_HOST_MEMORY, "vkAllocateCommandBuffers");
  const VkResult result = current->vk->AllocateCommandBuffers(device, info, commands);
  if (result == VK_SUCCESS) {
    object->pool = info->commandPool;
    keep(object, (uint64_t)(uintptr_t)*commands);
  } else {
    *commands = VK_NULL_HANDLE;
    host_free(current->host, object);
  }
  return note(result, "vkAllocateCommandBuffers");
}

void vkfft_FreeCommandBuffers(VkDevice device, VkCommandPool pool, uint32_t count, const VkCommandBuffer *commands) {
  for (uint32_t i = 0; i < count; i++) {
    if (!forget(OBJECT_COMMANDS, (uint64_t)(uintptr_t)commands[i])) continue;
    current->vk->FreeCommandBuffers(device, pool, 1, &commands[i]);
  }
}

VkResult vkfft_AllocateDescriptorSets(VkDevice device, const VkDescriptorSetAllocateInfo *info, VkDescriptorSet *sets) {
  return note(current->vk->AllocateDescriptorSets(device, info, sets), "vkAllocateDescriptorSets");
}

VkResult vkfft_BindBufferMemory(VkDevice device, VkBuffer buffer, VkDeviceMemory memory, VkDeviceSize offset) {
  return note(current->vk->BindBufferMemory(device, buffer, memory, offset), "vkBindBufferMemory");
}

VkResult vkfft_MapMemory(VkDevice device, VkDeviceMemory memory, VkDeviceSize offset, VkDeviceSize size,
                         VkMemoryMapFlags flags, void **data) {
  return note(current->vk->MapMemory(device, memory, offset, size, flags, data), "vkMapMemory");
}

VkResult vkfft_BeginCommandBuffer(VkCommandBuffer commands, const VkCommandBufferBeginInfo *info) {
  return note(current->vk->BeginCommandBuffer(commands, info), "vkBeginCommandBuffer");
}

VkResult vkfft_EndCommandBuffer(VkCommandBuffer commands) {
  return note(current->vk->EndCommandBuffer(commands), "vkEndCommandBuffer");
}

VkResult vkfft_QueueSubmit(VkQueue queue, uint32_t count, const VkSubmitInfo *submits, VkFence fence) {
  return note(current->vk->QueueSubmit(queue, count, submits, fence), "vkQueueSubmit");
}

VkResult vkfft_WaitForFences(VkDevice device, uint32_t count, const VkFence *fences, VkBool32 all, uint64_t timeout) {
  return note(current->vk->WaitForFences(device, count, fences, all, timeout), "vkWaitForFences");
}

VkResult vkfft_ResetFences(VkDevice device, uint32_t count, const VkFence *fences) {
  return note(current->vk->ResetFences(device, count, fences), "vkResetFences");
}

void vkfft_GetPhysicalDeviceProperties(VkPhysicalDevice device, VkPhysicalDeviceProperties *properties) {
  current->vk->GetPhysicalDeviceProperties(device, properties);
}

void vkfft_GetPhysicalDeviceMemoryProperties(VkPhysicalDevice device, VkPhysicalDeviceMemoryProperties *properties) {
  current->vk->GetPhysicalDeviceMemoryProperties(device, properties);
}

void vkfft_GetBufferMemoryRequirements(VkDevice device, VkBuffer buffer, VkMemoryRequirements *requirements) {
  current->vk->GetBufferMemoryRequirements(device, buffer, requirements);
}

void vkfft_UnmapMemory(VkDevice device, VkDeviceMemory memory) {
  current->vk->UnmapMemory(device, memory);
}

void vkfft_UpdateDescriptorSets(VkDevice device, uint32_t writes, const VkWriteDescriptorSet *write, uint32_t copies,
                                const VkCopyDescriptorSet *copy) {
  current->vk->UpdateDescriptorSets(device, writes, write, copies, copy);
}

void vkfft_CmdBindPipeline(VkCommandBuffer commands, VkPipelineBindPoint point, VkPipeline pipeline) {
  current->bound_pipeline = pipeline;
  if (!current->halted) current->vk->CmdBindPipeline(commands, point, pipeline);
}

void vkfft_CmdBindDescriptorSets(VkCommandBuffer commands, VkPipelineBindPoint point, VkPipelineLayout layout,
                                 uint32_t first, uint32_t count, const VkDescriptorSet *sets, uint32_t offset_count,
                                 const uint32_t *offsets) {
  current->bound_layout = layout;
  current->bound_set = sets[0]; /* VkFFT binds one at a time */
  if (current->halted) return;
  current->vk->CmdBindDescriptorSets(commands, point, layout, first, count, sets, offset_count, offsets);
}

void vkfft_CmdPushConstants(VkCommandBuffer commands, VkPipelineLayout layout, VkShaderStageFlags stages,
                            uint32_t offset, uint32_t size, const void *values) {
  if (!current->halted) current->vk->CmdPushConstants(commands, layout, stages, offset, size, values);
}

void vkfft_CmdDispatch(VkCommandBuffer commands, uint32_t x, uint32_t y, uint32_t z) {
  const struct vk_table *vk = current->vk;
  if (current->halted) return;
  vk->CmdDispatch(commands, x, y, z);
  if (!current->dispatched || !current->dispatched(current->ctx) || current->halted) return;
  /* Several dispatches may share one set of bindings. */
  vk->CmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, current->bound_pipeline);
  vk->CmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, current->bound_layout, 0, 1, &current->bound_set,
                            0, NULL);
}

void vkfft_CmdCopyBuffer(VkCommandBuffer commands, VkBuffer from, VkBuffer to, uint32_t count,
                         const VkBufferCopy *regions) {
  if (!current->halted) current->vk->CmdCopyBuffer(commands, from, to, count, regions);
}

void vkfft_CmdPipelineBarrier(VkCommandBuffer commands, VkPipelineStageFlags from, VkPipelineStageFlags to,
                              VkDependencyFlags flags, uint32_t memory_count, const VkMemoryBarrier *memory,
                              uint32_t buffer_count, const VkBufferMemoryBarrier *buffers, uint32_t image_count,
                              const VkImageMemoryBarrier *images) {
  if (current->halted) return;
  current->vk->CmdPipelineBarrier(commands, from, to, flags, memory_count, memory, buffer_count, buffers, image_count,
                                  images);
}
