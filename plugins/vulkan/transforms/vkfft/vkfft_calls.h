/* SPDX-License-Identifier: MIT */
/*
 * vkfft_calls.h - what VkFFT calls instead of Vulkan, of malloc() and of printf().
 *
 * VkFFT is a header that calls vkXxx() by name, prints its errors and leaks on some of its error paths. Here its calls
 * go through the plugin's function table, and what they make is tracked: whatever VkFFT leaves behind is destroyed with
 * the tracker, and a second destruction is harmless. VkFFT runs only between vkfft_calls_enter() and
 * vkfft_calls_leave(), which let one thread in at a time.
 */
#ifndef VORDEC_VULKAN_VKFFT_CALLS_H
#define VORDEC_VULKAN_VKFFT_CALLS_H

#include "gpu/vk_table.h"

#ifdef __cplusplus
extern "C" {
#endif

struct vkfft_object;

struct vkfft_tracker {
  const struct vordec_host *host;
  const struct vk_table *vk;
  VkDevice device;
  VkPipelineCache pipeline_cache; /* used where VkFFT gives none */
  struct vkfft_object *objects;
  VkResult error; /* the first failure of a call, or VK_SUCCESS */
  const char *call;
  uint64_t memory_bytes;

  /* Told of each dispatch that was recorded. True: the command buffer has been begun anew since. */
  bool (*dispatched)(void *ctx);
  void *ctx;
  bool halted; /* nothing more is recorded */
  VkPipeline bound_pipeline;
  VkPipelineLayout bound_layout;
  VkDescriptorSet bound_set;
};

/* Locks VkFFT and makes the tracker the one that its calls use; sets the calling thread's locale to C meanwhile. */
void vkfft_calls_enter(struct vkfft_tracker *tracker);
void vkfft_calls_leave(void);

/* Destroys and frees all that is still tracked. Not between enter and leave. */
void vkfft_calls_sweep(struct vkfft_tracker *tracker);

/* Memory of the current tracker: zeroed, swept with it. vkfft_free() ignores what it does not know. */
void *vkfft_malloc(size_t size);
void *vkfft_calloc(size_t count, size_t size);
void vkfft_free(void *memory);

#define VKFFT_CALL_CREATE(name, handle_type)                                                                           \
  VkResult vkfft_Create##name(VkDevice device, const Vk##name##CreateInfo *info,                                       \
                              const VkAllocationCallbacks *callbacks, handle_type *handle);                            \
  void vkfft_Destroy##name(VkDevice device, handle_type handle, const VkAllocationCallbacks *callbacks)

VKFFT_CALL_CREATE(Buffer, VkBuffer);
VKFFT_CALL_CREATE(ShaderModule, VkShaderModule);
VKFFT_CALL_CREATE(DescriptorSetLayout, VkDescriptorSetLayout);
VKFFT_CALL_CREATE(PipelineLayout, VkPipelineLayout);
VKFFT_CALL_CREATE(DescriptorPool, VkDescriptorPool);
#undef VKFFT_CALL_CREATE

VkResult vkfft_CreateComputePipelines(VkDevice device, VkPipelineCache cache, uint32_t count,
                                      const VkComputePipelineCreateInfo *infos, const VkAllocationCallbacks *callbacks,
                                      VkPipeline *pipelines);
void vkfft_DestroyPipeline(VkDevice device, VkPipeline pipeline, const VkAllocationCallbacks *callbacks);
VkResult vkfft_AllocateMemory(VkDevice device, const VkMemoryAllocateInfo *info, const VkAllocationCallbacks *callbacks,
                              VkDeviceMemory *memory);
void vkfft_FreeMemory(VkDevice device, VkDeviceMemory memory, const VkAllocationCallbacks *callbacks);
VkResult vkfft_AllocateCommandBuffers(VkDevice device, const VkCommandBufferAllocateInfo *info,
                                      VkCommandBuffer *commands);
void vkfft_FreeCommandBuffers(VkDevice device, VkCommandPool pool, uint32_t count, const VkCommandBuffer *commands);

VkResult vkfft_AllocateDescriptorSets(VkDevice device, const VkDescriptorSetAllocateInfo *info, VkDescriptorSet *sets);
VkResult vkfft_BindBufferMemory(VkDevice device, VkBuffer buffer, VkDeviceMemory memory, VkDeviceSize offset);
VkResult vkfft_MapMemory(VkDevice device, VkDeviceMemory memory, VkDeviceSize offset, VkDeviceSize size,
                         VkMemoryMapFlags flags, void **data);
VkResult vkfft_BeginCommandBuffer(VkCommandBuffer commands, const VkCommandBufferBeginInfo *info);
VkResult vkfft_EndCommandBuffer(VkCommandBuffer commands);
VkResult vkfft_QueueSubmit(VkQueue queue, uint32_t count, const VkSubmitInfo *submits, VkFence fence);
VkResult vkfft_WaitForFences(VkDevice device, uint32_t count, const VkFence *fences, VkBool32 all, uint64_t timeout);
VkResult vkfft_ResetFences(VkDevice device, uint32_t count, const VkFence *fences);

void vkfft_GetPhysicalDeviceProperties(VkPhysicalDevice device, VkPhysicalDeviceProperties *properties);
void vkfft_GetPhysicalDeviceMemoryProperties(VkPhysicalDevice device, VkPhysicalDeviceMemoryProperties *properties);
void vkfft_GetBufferMemoryRequirements(VkDevice device, VkBuffer buffer, VkMemoryRequirements *requirements);
void vkfft_UnmapMemory(VkDevice device, VkDeviceMemory memory);
void vkfft_UpdateDescriptorSets(VkDevice device, uint32_t writes, const VkWriteDescriptorSet *write, uint32_t copies,
                                const VkCopyDescriptorSet *copy);
void vkfft_CmdBindPipeline(VkCommandBuffer commands, VkPipelineBindPoint point, VkPipeline pipeline);
void vkfft_CmdBindDescriptorSets(VkCommandBuffer commands, VkPipelineBindPoint point, VkPipelineLayout layout,
                                 uint32_t first, uint32_t count, const VkDescriptorSet *sets, uint32_t offset_count,
                                 const uint32_t *offsets);
void vkfft_CmdPushConstants(VkCommandBuffer commands, VkPipelineLayout layout, VkShaderStageFlags stages,
                            uint32_t offset, uint32_t size, const void *values);
void vkfft_CmdDispatch(VkCommandBuffer commands, uint32_t x, uint32_t y, uint32_t z);
void vkfft_CmdCopyBuffer(VkCommandBuffer commands, VkBuffer from, VkBuffer to, uint32_t count,
                         const VkBufferCopy *regions);
void vkfft_CmdPipelineBarrier(VkCommandBuffer commands, VkPipelineStageFlags from, VkPipelineStageFlags to,
                              VkDependencyFlags flags, uint32_t memory_count, const VkMemoryBarrier *memory,
                              uint32_t buffer_count, const VkBufferMemoryBarrier *buffers, uint32_t image_count,
                              const VkImageMemoryBarrier *images);

#ifdef __cplusplus
}
#endif

#endif
