/* SPDX-License-Identifier: MIT */
/*
 * vkfft_names.h - turns the names in VkFFT's header into those of vkfft_calls.h. Included once, right before it.
 */
#define vkAllocateCommandBuffers vkfft_AllocateCommandBuffers
#define vkAllocateDescriptorSets vkfft_AllocateDescriptorSets
#define vkAllocateMemory vkfft_AllocateMemory
#define vkBeginCommandBuffer vkfft_BeginCommandBuffer
#define vkBindBufferMemory vkfft_BindBufferMemory
#define vkCmdBindDescriptorSets vkfft_CmdBindDescriptorSets
#define vkCmdBindPipeline vkfft_CmdBindPipeline
#define vkCmdCopyBuffer vkfft_CmdCopyBuffer
#define vkCmdDispatch vkfft_CmdDispatch
#define vkCmdPipelineBarrier vkfft_CmdPipelineBarrier
#define vkCmdPushConstants vkfft_CmdPushConstants
#define vkCreateBuffer vkfft_CreateBuffer
#define vkCreateComputePipelines vkfft_CreateComputePipelines
#define vkCreateDescriptorPool vkfft_CreateDescriptorPool
#define vkCreateDescriptorSetLayout vkfft_CreateDescriptorSetLayout
#define vkCreatePipelineLayout vkfft_CreatePipelineLayout
#define vkCreateShaderModule vkfft_CreateShaderModule
#define vkDestroyBuffer vkfft_DestroyBuffer
#define vkDestroyDescriptorPool vkfft_DestroyDescriptorPool
#define vkDestroyDescriptorSetLayout vkfft_DestroyDescriptorSetLayout
#define vkDestroyPipeline vkfft_DestroyPipeline
#define vkDestroyPipelineLayout vkfft_DestroyPipelineLayout
#define vkDestroyShaderModule vkfft_DestroyShaderModule
#define vkEndCommandBuffer vkfft_EndCommandBuffer
#define vkFreeCommandBuffers vkfft_FreeCommandBuffers
#define vkFreeMemory vkfft_FreeMemory
#define vkGetBufferMemoryRequirements vkfft_GetBufferMemoryRequirements
#define vkGetPhysicalDeviceMemoryProperties vkfft_GetPhysicalDeviceMemoryProperties
#define vkGetPhysicalDeviceProperties vkfft_GetPhysicalDeviceProperties
#define vkMapMemory vkfft_MapMemory
#define vkQueueSubmit vkfft_QueueSubmit
#define vkResetFences vkfft_ResetFences
#define vkUnmapMemory vkfft_UnmapMemory
#define vkUpdateDescriptorSets vkfft_UpdateDescriptorSets
#define vkWaitForFences vkfft_WaitForFences

/* The locale is set for the thread, not by VkFFT for the process; a plugin prints nothing. */
#define malloc(size) vkfft_malloc(size)
#define calloc(count, size) vkfft_calloc(count, size)
#define free(memory) vkfft_free(memory)
#define setlocale(category, name) ((char *)0)
#define printf(...) ((void)0)
