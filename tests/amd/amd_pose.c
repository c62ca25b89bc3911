/* SPDX-License-Identifier: MIT */
#include "amd_pose.h"

#include <stdlib.h>
#include <string.h>

/* Of every heap: choices that depend on what fits are the same on every machine. */
#define HEAP_BYTES (8ull << 30)
#define HANDLES_MAX 4096

/* What is known of a handle: a module's code, a layout's bindings and push constants. */
struct known {
  uint64_t handle;
  uint32_t *code;
  size_t bytes;
  uint32_t buffers, push_bytes;
};

static const struct amd_card *posed;
static struct amd_requests *noted;
static struct vk_table real;
static const char *plan_name = "";
static enum vordec_precision plan_precision;
static struct known known[HANDLES_MAX];
static size_t known_count;
static uint64_t next_handle; /* of objects that are never made */
/* The pipelines that were handed out, by handle, until their name is told. */
static struct amd_request unnamed;
static uint64_t unnamed_handle;

static struct known *know(uint64_t handle) {
  for (size_t i = 0; i < known_count; i++) {
    if (known[i].handle == handle) return &known[i];
  }
  if (known_count == HANDLES_MAX) abort();
  known[known_count] = (struct known){.handle = handle};
  return &known[known_count++];
}

static void forget(uint64_t handle) {
  struct known *item = know(handle);
  free(item->code);
  *item = known[--known_count];
}

void amd_pose_for(const char *plan, enum vordec_precision precision) {
  plan_name = plan;
  plan_precision = precision;
}

/* ---- what the device says of itself ---- */

static bool poses(VkPhysicalDevice device) {
  VkPhysicalDeviceProperties properties;
  real.GetPhysicalDeviceProperties(device, &properties);
  return properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU;
}

/* All limits are the card's; its clock is not. */
static void put_limits(VkPhysicalDeviceProperties *properties) {
  const float period = properties->limits.timestampPeriod;
  properties->vendorID = posed->properties.vendorID;
  properties->limits = posed->properties.limits;
  properties->limits.timestampPeriod = period;
}

static VKAPI_ATTR void VKAPI_CALL get_properties(VkPhysicalDevice device, VkPhysicalDeviceProperties *properties) {
  real.GetPhysicalDeviceProperties(device, properties);
  if (poses(device)) put_limits(properties);
}

static VKAPI_ATTR void VKAPI_CALL get_properties2(VkPhysicalDevice device, VkPhysicalDeviceProperties2 *properties) {
  real.GetPhysicalDeviceProperties2(device, properties);
  if (!poses(device)) return;
  put_limits(&properties->properties);
  for (VkBaseOutStructure *next = properties->pNext; next; next = next->pNext) {
    if (next->sType != VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES) continue;
    ((VkPhysicalDeviceSubgroupProperties *)next)->subgroupSize = posed->subgroup_size;
  }
}

static VKAPI_ATTR void VKAPI_CALL get_features(VkPhysicalDevice device, VkPhysicalDeviceFeatures *features) {
  real.GetPhysicalDeviceFeatures(device, features);
  if (!posed->has_fp64) features->shaderFloat64 = VK_FALSE;
}

static void put_heaps(VkPhysicalDeviceMemoryProperties *memory) {
  for (uint32_t i = 0; i < memory->memoryHeapCount; i++) memory->memoryHeaps[i].size = HEAP_BYTES;
}

static VKAPI_ATTR void VKAPI_CALL get_memory(VkPhysicalDevice device, VkPhysicalDeviceMemoryProperties *memory) {
  real.GetPhysicalDeviceMemoryProperties(device, memory);
  put_heaps(memory);
}

/* Nor does it tell a budget. */
static VKAPI_ATTR void VKAPI_CALL get_memory2(VkPhysicalDevice device, VkPhysicalDeviceMemoryProperties2 *memory) {
  real.GetPhysicalDeviceMemoryProperties2(device, memory);
  put_heaps(&memory->memoryProperties);
  for (VkBaseOutStructure *next = memory->pNext; next; next = next->pNext) {
    if (next->sType != VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT) continue;
    VkPhysicalDeviceMemoryBudgetPropertiesEXT *budget = (VkPhysicalDeviceMemoryBudgetPropertiesEXT *)next;
    memset(budget->heapBudget, 0, sizeof budget->heapBudget);
  }
}

/* ---- what is asked of it ---- */

static VKAPI_ATTR VkResult VKAPI_CALL create_module(VkDevice device, const VkShaderModuleCreateInfo *info,
                                                    const VkAllocationCallbacks *callbacks, VkShaderModule *module) {
  (void)device;
  (void)callbacks;
  struct known *item = know(++next_handle);
  item->bytes = info->codeSize;
  item->code = malloc(info->codeSize);
  if (!item->code) abort();
  memcpy(item->code, info->pCode, info->codeSize);
  *module = (VkShaderModule)(uintptr_t)next_handle;
  return VK_SUCCESS;
}

static VKAPI_ATTR void VKAPI_CALL destroy_module(VkDevice device, VkShaderModule module,
                                                 const VkAllocationCallbacks *callbacks) {
  (void)device;
  (void)callbacks;
  forget((uint64_t)(uintptr_t)module);
}

static VKAPI_ATTR VkResult VKAPI_CALL create_set_layout(VkDevice device, const VkDescriptorSetLayoutCreateInfo *info,
                                                        const VkAllocationCallbacks *callbacks,
                                                        VkDescriptorSetLayout *layout) {
  const VkResult result = real.CreateDescriptorSetLayout(device, info, callbacks, layout);
  if (result == VK_SUCCESS) know((uint64_t)(uintptr_t)*layout)->buffers = info->bindingCount;
  return result;
}

static VKAPI_ATTR void VKAPI_CALL destroy_set_layout(VkDevice device, VkDescriptorSetLayout layout,
                                                     const VkAllocationCallbacks *callbacks) {
  if (layout) forget((uint64_t)(uintptr_t)layout);
  real.DestroyDescriptorSetLayout(device, layout, callbacks);
}

static VKAPI_ATTR VkResult VKAPI_CALL create_layout(VkDevice device, const VkPipelineLayoutCreateInfo *info,
                                                    const VkAllocationCallbacks *callbacks, VkPipelineLayout *layout) {
  const VkResult result = real.CreatePipelineLayout(device, info, callbacks, layout);
  if (result != VK_SUCCESS) return result;
  struct known *item = know((uint64_t)(uintptr_t)*layout);
  if (info->pushConstantRangeCount) item->push_bytes = info->pPushConstantRanges[0].size;
  item->buffers = know((uint64_t)(uintptr_t)info->pSetLayouts[0])->buffers;
  return result;
}

static VKAPI_ATTR void VKAPI_CALL destroy_layout(VkDevice device, VkPipelineLayout layout,
                                                 const VkAllocationCallbacks *callbacks) {
  if (layout) forget((uint64_t)(uintptr_t)layout);
  real.DestroyPipelineLayout(device, layout, callbacks);
}

/* Constants of an index each, and of 4 bytes, as the plugin has them. */
static void copy_constants(const VkSpecializationInfo *special, struct amd_request *request) {
  request->count = special ? special->mapEntryCount : 0;
  if (request->count > AMD_CONSTANTS_MAX) abort();
  for (uint32_t i = 0; i < request->count; i++) {
    const VkSpecializationMapEntry *entry = &special->pMapEntries[i];
    if (entry->constantID != i || entry->size != sizeof *request->constants) abort();
    memcpy(&request->constants[i], (const char *)special->pData + entry->offset, sizeof *request->constants);
  }
}

static VKAPI_ATTR VkResult VKAPI_CALL create_pipelines(VkDevice device, VkPipelineCache cache, uint32_t count,
                                                       const VkComputePipelineCreateInfo *infos,
                                                       const VkAllocationCallbacks *callbacks, VkPipeline *pipelines) {
  (void)device;
  (void)cache;
  (void)callbacks;
  if (count != 1) abort();
  const struct known *module = know((uint64_t)(uintptr_t)infos->stage.module);
  const struct known *layout = know((uint64_t)(uintptr_t)infos->layout);
  free(unnamed.code);
  unnamed = (struct amd_request){.precisions = 1u << plan_precision,
                                 .code = malloc(module->bytes),
                                 .bytes = module->bytes,
                                 .buffers = layout->buffers,
                                 .push_bytes = layout->push_bytes};
  if (!unnamed.code) abort();
  memcpy(unnamed.code, module->code, module->bytes);
  copy_constants(infos->stage.pSpecializationInfo, &unnamed);
  snprintf(unnamed.plan, sizeof unnamed.plan, "%s", plan_name);
  unnamed_handle = ++next_handle;
  *pipelines = (VkPipeline)(uintptr_t)unnamed_handle;
  return VK_SUCCESS;
}

static VKAPI_ATTR void VKAPI_CALL destroy_pipeline(VkDevice device, VkPipeline pipeline,
                                                   const VkAllocationCallbacks *callbacks) {
  (void)device;
  (void)pipeline;
  (void)callbacks;
}

/* Ours are named as soon as they are made. */
static VKAPI_ATTR VkResult VKAPI_CALL name_object(VkDevice device, const VkDebugUtilsObjectNameInfoEXT *info) {
  (void)device;
  if (info->objectType != VK_OBJECT_TYPE_PIPELINE || info->objectHandle != unnamed_handle) return VK_SUCCESS;
  snprintf(unnamed.kernel, sizeof unnamed.kernel, "%s", info->pObjectName);
  amd_requests_add(noted, &unnamed);
  return VK_SUCCESS;
}

/* ---- what is not done ---- */

static VKAPI_ATTR void VKAPI_CALL bind_pipeline(VkCommandBuffer commands, VkPipelineBindPoint point,
                                                VkPipeline pipeline) {
  (void)commands;
  (void)point;
  (void)pipeline;
}

static VKAPI_ATTR void VKAPI_CALL dispatch(VkCommandBuffer commands, uint32_t x, uint32_t y, uint32_t z) {
  (void)commands;
  (void)x;
  (void)y;
  (void)z;
}

static VKAPI_ATTR VkResult VKAPI_CALL submit(VkQueue queue, uint32_t count, const VkSubmitInfo *infos, VkFence fence) {
  (void)queue;
  (void)count;
  (void)infos;
  (void)fence;
  return VK_SUCCESS;
}

static VKAPI_ATTR VkResult VKAPI_CALL wait_for(VkDevice device, uint32_t count, const VkFence *fences, VkBool32 all,
                                               uint64_t timeout) {
  (void)device;
  (void)count;
  (void)fences;
  (void)all;
  (void)timeout;
  return VK_SUCCESS;
}

static void pose(struct vk_table *table, enum vk_table_part part) {
  real = *table;
  switch (part) {
  case VK_TABLE_PART_GLOBAL:
    break;
  case VK_TABLE_PART_INSTANCE:
    table->GetPhysicalDeviceProperties = get_properties;
    table->GetPhysicalDeviceProperties2 = get_properties2;
    table->GetPhysicalDeviceFeatures = get_features;
    table->GetPhysicalDeviceMemoryProperties = get_memory;
    table->GetPhysicalDeviceMemoryProperties2 = get_memory2;
    break;
  case VK_TABLE_PART_DEVICE:
    table->CreateShaderModule = create_module;
    table->DestroyShaderModule = destroy_module;
    table->CreateDescriptorSetLayout = create_set_layout;
    table->DestroyDescriptorSetLayout = destroy_set_layout;
    table->CreatePipelineLayout = create_layout;
    table->DestroyPipelineLayout = destroy_layout;
    table->CreateComputePipelines = create_pipelines;
    table->DestroyPipeline = destroy_pipeline;
    table->SetDebugUtilsObjectNameEXT = name_object;
    table->CmdBindPipeline = bind_pipeline;
    table->CmdDispatch = dispatch;
    table->QueueSubmit = submit;
    table->WaitForFences = wait_for;
    break;
  }
}

struct vordec_session *amd_pose_session(struct harness *harness, const struct amd_card *card,
                                        struct amd_requests *requests) {
  posed = card;
  noted = requests;
  harness->threads = 1; /* nothing here is for several */
  harness->debug->set_table_hook(pose);
  struct vordec_session *session = harness_session(harness);
  harness->debug->set_table_hook(NULL);
  return session;
}
