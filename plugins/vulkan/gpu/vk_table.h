/* SPDX-License-Identifier: MIT */
/*
 * vk_table.h - every Vulkan function that the plugin calls, as a table of pointers.
 *
 * libvulkan is opened at run time and never linked; VkFFT's calls go through the same table. A test can wrap the table
 * (vk_table_set_hook()) to make any call fail, to count objects or to pretend a poorer device.
 */
#ifndef VORDEC_VULKAN_VK_TABLE_H
#define VORDEC_VULKAN_VK_TABLE_H

#ifndef VK_NO_PROTOTYPES
#define VK_NO_PROTOTYPES
#endif
#include <stdbool.h>
#include <vordec/backend.h>
#include <vulkan/vulkan.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VK_TABLE_GLOBAL(F) F(EnumerateInstanceVersion) F(EnumerateInstanceExtensionProperties) F(CreateInstance)

#define VK_TABLE_INSTANCE(F)                                                                                           \
  F(DestroyInstance)                                                                                                   \
  F(EnumeratePhysicalDevices)                                                                                          \
  F(GetPhysicalDeviceProperties)                                                                                       \
  F(GetPhysicalDeviceProperties2)                                                                                      \
  F(GetPhysicalDeviceFeatures)                                                                                         \
  F(GetPhysicalDeviceMemoryProperties)                                                                                 \
  F(GetPhysicalDeviceMemoryProperties2)                                                                                \
  F(GetPhysicalDeviceQueueFamilyProperties)                                                                            \
  F(EnumerateDeviceExtensionProperties)                                                                                \
  F(CreateDevice)                                                                                                      \
  F(GetDeviceProcAddr)

/* NULL if the extension VK_EXT_debug_utils is absent, or the driver is older than 1.1. */
#define VK_TABLE_INSTANCE_OPTIONAL(F)                                                                                  \
  F(CreateDebugUtilsMessengerEXT)                                                                                      \
  F(DestroyDebugUtilsMessengerEXT)                                                                                     \
  F(SetDebugUtilsObjectNameEXT)                                                                                        \
  F(CmdBeginDebugUtilsLabelEXT)                                                                                        \
  F(CmdEndDebugUtilsLabelEXT)                                                                                          \
  F(GetPhysicalDeviceFeatures2)                                                                                        \
  F(GetPhysicalDeviceExternalBufferProperties)                                                                         \
  F(GetPhysicalDeviceExternalSemaphoreProperties)

#define VK_TABLE_DEVICE(F)                                                                                             \
  F(DestroyDevice)                                                                                                     \
  F(DeviceWaitIdle)                                                                                                    \
  F(GetDeviceQueue)                                                                                                    \
  F(QueueSubmit)                                                                                                       \
  F(CreateBuffer)                                                                                                      \
  F(DestroyBuffer)                                                                                                     \
  F(GetBufferMemoryRequirements)                                                                                       \
  F(AllocateMemory)                                                                                                    \
  F(FreeMemory)                                                                                                        \
  F(BindBufferMemory)                                                                                                  \
  F(MapMemory)                                                                                                         \
  F(UnmapMemory)                                                                                                       \
  F(FlushMappedMemoryRanges)                                                                                           \
  F(InvalidateMappedMemoryRanges)                                                                                      \
  F(CreateShaderModule)                                                                                                \
  F(DestroyShaderModule)                                                                                               \
  F(CreateDescriptorSetLayout)                                                                                         \
  F(DestroyDescriptorSetLayout)                                                                                        \
  F(CreatePipelineLayout)                                                                                              \
  F(DestroyPipelineLayout)                                                                                             \
  F(CreatePipelineCache)                                                                                               \
  F(DestroyPipelineCache)                                                                                              \
  F(GetPipelineCacheData)                                                                                              \
  F(CreateComputePipelines)                                                                                            \
  F(DestroyPipeline)                                                                                                   \
  F(CreateDescriptorPool)                                                                                              \
  F(DestroyDescriptorPool)                                                                                             \
  F(AllocateDescriptorSets)                                                                                            \
  F(UpdateDescriptorSets)                                                                                              \
  F(CreateCommandPool)                                                                                                 \
  F(DestroyCommandPool)                                                                                                \
  F(AllocateCommandBuffers)                                                                                            \
  F(FreeCommandBuffers)                                                                                                \
  F(ResetCommandBuffer)                                                                                                \
  F(BeginCommandBuffer)                                                                                                \
  F(EndCommandBuffer)                                                                                                  \
  F(CmdBindPipeline)                                                                                                   \
  F(CmdBindDescriptorSets)                                                                                             \
  F(CmdPushConstants)                                                                                                  \
  F(CmdDispatch)                                                                                                       \
  F(CmdDispatchBase)                                                                                                   \
  F(CmdPipelineBarrier)                                                                                                \
  F(CmdCopyBuffer)                                                                                                     \
  F(CmdFillBuffer)                                                                                                     \
  F(CmdWriteTimestamp)                                                                                                 \
  F(CmdResetQueryPool)                                                                                                 \
  F(CreateQueryPool)                                                                                                   \
  F(DestroyQueryPool)                                                                                                  \
  F(GetQueryPoolResults)                                                                                               \
  F(CreateSemaphore)                                                                                                   \
  F(DestroySemaphore)                                                                                                  \
  F(CreateFence)                                                                                                       \
  F(DestroyFence)                                                                                                      \
  F(ResetFences)                                                                                                       \
  F(WaitForFences)

/* Functions of extensions by which memory and semaphores are shared: NULL if these are not in use. */
#define VK_TABLE_DEVICE_OPTIONAL(F) F(GetMemoryFdKHR) F(GetSemaphoreFdKHR)

struct vk_table {
  PFN_vkGetInstanceProcAddr GetInstanceProcAddr;
#define VK_TABLE_MEMBER(name) PFN_vk##name name;
  VK_TABLE_GLOBAL(VK_TABLE_MEMBER)
  VK_TABLE_INSTANCE(VK_TABLE_MEMBER)
  VK_TABLE_INSTANCE_OPTIONAL(VK_TABLE_MEMBER)
  VK_TABLE_DEVICE(VK_TABLE_MEMBER)
  VK_TABLE_DEVICE_OPTIONAL(VK_TABLE_MEMBER)
#undef VK_TABLE_MEMBER
};

/* Which part of the table has just been loaded; later parts are still NULL. */
enum vk_table_part { VK_TABLE_PART_GLOBAL = 0, VK_TABLE_PART_INSTANCE, VK_TABLE_PART_DEVICE };

typedef void (*vk_table_hook)(struct vk_table *table, enum vk_table_part part);

/* Calls hook after each load of a part, so that it can replace pointers; NULL ends it. For tests: not thread-safe. */
void vk_table_set_hook(vk_table_hook hook);

/* Opens libvulkan.so.1 (once a process, never closed) and fills the global part. E_UNSUPPORTED with REASON_NO_LOADER
 * if that fails. Thread-safe. */
enum vordec_status vk_table_load(struct vk_table *table, struct vordec_error *error);

/* Fills the instance part. E_UNSUPPORTED with REASON_BROKEN_DRIVER if a function is missing. */
enum vordec_status vk_table_load_instance(struct vk_table *table, VkInstance instance, struct vordec_error *error);

/* Fills the device part; failures as above. */
enum vordec_status vk_table_load_device(struct vk_table *table, VkDevice device, struct vordec_error *error);

#ifdef __cplusplus
}
#endif

#endif
