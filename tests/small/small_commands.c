/* SPDX-License-Identifier: MIT */
#include "small_commands.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "small_memory.h"
#include "small_module.h"

struct module {
  struct module *next;
  VkShaderModule handle;
  size_t bytes;
  uint32_t code[];
};

static struct vk_table real;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct module *modules;

/* ---- shaders ---- */

static VKAPI_ATTR VkResult VKAPI_CALL create_module(VkDevice device, const VkShaderModuleCreateInfo *info,
                                                    const VkAllocationCallbacks *callbacks, VkShaderModule *handle) {
  struct module *module = malloc(sizeof *module + info->codeSize);
  if (!module) return VK_ERROR_OUT_OF_HOST_MEMORY;
  const VkResult result = real.CreateShaderModule(device, info, callbacks, handle);
  if (result != VK_SUCCESS) {
    free(module);
    return result;
  }
  module->handle = *handle;
  module->bytes = info->codeSize;
  memcpy(module->code, info->pCode, info->codeSize);
  pthread_mutex_lock(&lock);
  module->next = modules;
  modules = module;
  pthread_mutex_unlock(&lock);
  return result;
}

static VKAPI_ATTR void VKAPI_CALL destroy_module(VkDevice device, VkShaderModule handle,
                                                 const VkAllocationCallbacks *callbacks) {
  pthread_mutex_lock(&lock);
  struct module **link = &modules;
  while (*link && (*link)->handle != handle) link = &(*link)->next;
  struct module *module = *link;
  if (module) *link = module->next;
  pthread_mutex_unlock(&lock);
  free(module);
  real.DestroyShaderModule(device, handle, callbacks);
}

static VKAPI_ATTR VkResult VKAPI_CALL create_pipelines(VkDevice device, VkPipelineCache cache, uint32_t count,
                                                       const VkComputePipelineCreateInfo *infos,
                                                       const VkAllocationCallbacks *callbacks, VkPipeline *pipelines) {
  for (uint32_t i = 0; i < count; i++) {
    pthread_mutex_lock(&lock);
    const struct module *module = modules;
    while (module && module->handle != infos[i].stage.module) module = module->next;
    pthread_mutex_unlock(&lock);
    if (!module) small_overstep("a pipeline of a shader that was not made");
    small_module_check(small_device(), module->code, module->bytes / sizeof *module->code,
                       infos[i].stage.pSpecializationInfo);
  }
  return real.CreateComputePipelines(device, cache, count, infos, callbacks, pipelines);
}

/* ---- layouts and descriptors ---- */

static VKAPI_ATTR VkResult VKAPI_CALL create_set_layout(VkDevice device, const VkDescriptorSetLayoutCreateInfo *info,
                                                        const VkAllocationCallbacks *callbacks,
                                                        VkDescriptorSetLayout *layout) {
  uint32_t buffers = 0;
  for (uint32_t i = 0; i < info->bindingCount; i++) buffers += info->pBindings[i].descriptorCount;
  if (buffers > small_device()->storage_buffers) {
    small_overstep("a kernel with %u buffers, where %u are allowed", buffers, small_device()->storage_buffers);
  }
  return real.CreateDescriptorSetLayout(device, info, callbacks, layout);
}

static VKAPI_ATTR VkResult VKAPI_CALL create_layout(VkDevice device, const VkPipelineLayoutCreateInfo *info,
                                                    const VkAllocationCallbacks *callbacks, VkPipelineLayout *layout) {
  for (uint32_t i = 0; i < info->pushConstantRangeCount; i++) {
    const VkPushConstantRange *range = &info->pPushConstantRanges[i];
    if (range->offset + range->size > SMALL_PUSH_BYTES) small_overstep("%u bytes of push constants", range->size);
  }
  return real.CreatePipelineLayout(device, info, callbacks, layout);
}

static void check_descriptor(const VkDescriptorBufferInfo *info) {
  const VkDeviceSize size = small_memory_buffer_size(info->buffer), most = small_device()->range_bytes;
  if (info->offset % SMALL_OFFSET_ALIGNMENT || info->offset >= size) {
    small_overstep("a descriptor that begins at byte %llu of a buffer", (unsigned long long)info->offset);
  }
  const VkDeviceSize range = info->range == VK_WHOLE_SIZE ? size - info->offset : info->range;
  if (range > size - info->offset) small_overstep("a descriptor that reaches beyond its buffer");
  if (range > most) {
    small_overstep("a descriptor of %llu bytes, where %llu are allowed", (unsigned long long)range,
                   (unsigned long long)most);
  }
}

static VKAPI_ATTR void VKAPI_CALL update_sets(VkDevice device, uint32_t count, const VkWriteDescriptorSet *writes,
                                              uint32_t copy_count, const VkCopyDescriptorSet *copies) {
  for (uint32_t i = 0; i < count; i++) {
    for (uint32_t j = 0; j < writes[i].descriptorCount; j++) check_descriptor(&writes[i].pBufferInfo[j]);
  }
  real.UpdateDescriptorSets(device, count, writes, copy_count, copies);
}

static VKAPI_ATTR void VKAPI_CALL dispatch(VkCommandBuffer commands, uint32_t x, uint32_t y, uint32_t z) {
  if (x > SMALL_WORKGROUPS || y > SMALL_WORKGROUPS || z > SMALL_WORKGROUPS) {
    small_overstep("a dispatch of %u x %u x %u workgroups, where %u are allowed along an axis", x, y, z,
                   SMALL_WORKGROUPS);
  }
  real.CmdDispatch(commands, x, y, z);
}

/* A part of a dispatch. */
static VKAPI_ATTR void VKAPI_CALL dispatch_base(VkCommandBuffer commands, uint32_t x, uint32_t y, uint32_t z,
                                                uint32_t more_x, uint32_t more_y, uint32_t more_z) {
  if (x + more_x > SMALL_WORKGROUPS || y + more_y > SMALL_WORKGROUPS || z + more_z > SMALL_WORKGROUPS) {
    small_overstep("a part of a dispatch of more than %u workgroups along an axis", SMALL_WORKGROUPS);
  }
  real.CmdDispatchBase(commands, x, y, z, more_x, more_y, more_z);
}

/* ---- the one queue ---- */

static VKAPI_ATTR void VKAPI_CALL get_queue(VkDevice device, uint32_t family, uint32_t index, VkQueue *queue) {
  if (family || index) small_overstep("queue %u of family %u, where there is one", index, family);
  real.GetDeviceQueue(device, family, index, queue);
}

/* ---- time ---- */

static VKAPI_ATTR void VKAPI_CALL write_timestamp(VkCommandBuffer commands, VkPipelineStageFlagBits stage,
                                                  VkQueryPool pool, uint32_t query) {
  if (small_device()->timestamp_bits == 0) small_overstep("a time mark on a queue that has none");
  real.CmdWriteTimestamp(commands, stage, pool, query);
}

/* The first mark that is read is the last before the clock wraps. */
static uint64_t pose_ticks(uint64_t ticks) {
  static _Atomic uint64_t first;
  uint64_t none = 0;
  const uint32_t bits = small_device()->timestamp_bits;
  atomic_compare_exchange_strong(&first, &none, ticks);
  const uint64_t valid = bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
  return ((ticks - atomic_load(&first)) * SMALL_TICKS - 1) & valid;
}

static VKAPI_ATTR VkResult VKAPI_CALL get_results(VkDevice device, VkQueryPool pool, uint32_t first, uint32_t count,
                                                  size_t size, void *data, VkDeviceSize stride,
                                                  VkQueryResultFlags flags) {
  const VkResult result = real.GetQueryPoolResults(device, pool, first, count, size, data, stride, flags);
  if (!(flags & VK_QUERY_RESULT_64_BIT)) small_overstep("time marks are read as 32 bits");
  for (uint32_t i = 0; (result == VK_SUCCESS || result == VK_NOT_READY) && i < count; i++) {
    uint64_t ticks;
    char *at = (char *)data + i * stride;
    memcpy(&ticks, at, sizeof ticks);
    ticks = pose_ticks(ticks);
    memcpy(at, &ticks, sizeof ticks);
  }
  return result;
}

void small_commands_hook(struct vk_table *table) {
  real = *table;
  table->CreateShaderModule = create_module;
  table->DestroyShaderModule = destroy_module;
  table->CreateComputePipelines = create_pipelines;
  table->CreateDescriptorSetLayout = create_set_layout;
  table->CreatePipelineLayout = create_layout;
  table->UpdateDescriptorSets = update_sets;
  table->CmdDispatch = dispatch;
  table->CmdDispatchBase = dispatch_base;
  table->GetDeviceQueue = get_queue;
  table->CmdWriteTimestamp = write_timestamp;
  table->GetQueryPoolResults = get_results;
}
