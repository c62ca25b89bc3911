/* SPDX-License-Identifier: MIT */
#include "vulkan_kernels.h"

#include "cache.h"
#include "debug.h"
#include "push_constants.h"
#include "vk_result.h"
#include "vulkan_host.h"

#include "absmax_f32.h"
#include "absmax_f64.h"
#include "add_field_f64.h"
#include "adjoint_columns_f32.h"
#include "adjoint_columns_f64.h"
#include "adjoint_gradient_f32.h"
#include "adjoint_gradient_f64.h"
#include "adjoint_rows_f32.h"
#include "adjoint_rows_f64.h"
#include "band_columns_f32.h"
#include "band_columns_f64.h"
#include "band_gain_f32.h"
#include "band_gain_f64.h"
#include "band_rows_f32.h"
#include "band_rows_f64.h"
#include "bit_majority_f32.h"
#include "bit_majority_f64.h"
#include "combine_f32.h"
#include "combine_f64.h"
#include "direct_columns_f32.h"
#include "direct_columns_f64.h"
#include "direct_rows_f32.h"
#include "direct_rows_f64.h"
#include "energy_f32.h"
#include "energy_f64.h"
#include "field_rest_f32.h"
#include "field_rest_f64.h"
#include "hat_columns_f32.h"
#include "hat_columns_f64.h"
#include "hat_rows_f32.h"
#include "hat_rows_f64.h"
#include "majority_f32.h"
#include "majority_f64.h"
#include "mean_square_f32.h"
#include "mean_square_f64.h"
#include "mode_energies_f64.h"
#include "moments_f64.h"
#include "pruned_absmax_f32.h"
#include "pruned_absmax_f64.h"
#include "pruned_columns_f32.h"
#include "pruned_columns_f64.h"
#include "pruned_field_dense_f32.h"
#include "pruned_field_f32.h"
#include "pruned_rows_f32.h"
#include "pruned_rows_f64.h"
#include "pruned_ternary_f32.h"
#include "pruned_ternary_f64.h"
#include "rollout_batch_f32.h"
#include "rollout_batch_f64.h"
#include "rollout_step_f32.h"
#include "rollout_step_f64.h"
#include "scatter_lowk_f32.h"
#include "scatter_lowk_f64.h"
#include "shells_f64.h"
#include "simulate_columns_f32.h"
#include "simulate_columns_f64.h"
#include "simulate_fused_columns_f32.h"
#include "simulate_fused_columns_f64.h"
#include "simulate_fused_rows_f32.h"
#include "simulate_fused_rows_f64.h"
#include "simulate_rows_f32.h"
#include "simulate_rows_f64.h"
#include "smooth_f32.h"
#include "smooth_f64.h"
#include "support_f32.h"
#include "support_f64.h"
#include "take_field_f32.h"
#include "take_field_f64.h"
#include "take_z_f32.h"
#include "take_z_f64.h"
#include "ternary_planes_f32.h"
#include "ternary_planes_f64.h"
#include "ternary_threshold_f32.h"
#include "ternary_threshold_f64.h"
#include "unpack_bands_f32.h"
#include "unpack_bands_f64.h"
#include "unpack_planes_f32.h"
#include "unpack_planes_f64.h"
#include "unpack_state_f32.h"
#include "unpack_state_f64.h"
#include "window_columns_f32.h"
#include "window_columns_f64.h"
#include "window_rows_f32.h"
#include "window_rows_f64.h"

#define PIPELINES_KEY "pipelines" /* in the disk cache */

#define SOURCE(name, buffers, push)                                                                                    \
  { #name, {name##_f32, name##_f64 }, {sizeof name##_f32, sizeof name##_f64 }, buffers, sizeof(struct push), false }
#define SPECIALISED(name, buffers, push)                                                                               \
  { #name, {name##_f32, name##_f64 }, {sizeof name##_f32, sizeof name##_f64 }, buffers, sizeof(struct push), true }
/* Specialised, and in single precision only. */
#define SINGLE(name, buffers, push)                                                                                    \
  { #name, {name##_f32, NULL }, {sizeof name##_f32, 0 }, buffers, sizeof(struct push), true }

/* In double precision only, and specialised or not. */
#define DOUBLE(name, buffers, push, special)                                                                           \
  { #name, {NULL, name##_f64 }, {0, sizeof name##_f64 }, buffers, sizeof(struct push), special }

const struct kernel_source kernel_sources[KERNEL_COUNT] = {
    [KERNEL_SCATTER_LOWK] = SOURCE(scatter_lowk, 3, scatter_lowk_push),
    [KERNEL_DIRECT_COLUMNS] = SOURCE(direct_columns, 5, direct_columns_push),
    [KERNEL_DIRECT_ROWS] = SOURCE(direct_rows, 4, direct_rows_push),
    [KERNEL_SMOOTH] = SOURCE(smooth, 4, smooth_push),
    [KERNEL_ABSMAX] = SOURCE(absmax, 2, reduce_push),
    [KERNEL_TERNARY_THRESHOLD] = SOURCE(ternary_threshold, 3, ternary_threshold_push),
    [KERNEL_MAJORITY] = SOURCE(majority, 2, majority_push),
    [KERNEL_SUPPORT] = SOURCE(support, 2, reduce_push),
    [KERNEL_MEAN_SQUARE] = SOURCE(mean_square, 3, reduce_push),
    [KERNEL_BAND_GAIN] = SOURCE(band_gain, 3, band_gain_push),
    [KERNEL_COMBINE] = SOURCE(combine, 8, combine_push),
    [KERNEL_UNPACK_STATE] = SOURCE(unpack_state, 3, unpack_state_push),
    [KERNEL_TAKE_Z] = SOURCE(take_z, 3, take_z_push),
    [KERNEL_ENERGY] = SOURCE(energy, 4, energy_push),
    [KERNEL_ROLLOUT_STEP] = SOURCE(rollout_step, 3, rollout_step_push),
    [KERNEL_ROLLOUT_BATCH] = SPECIALISED(rollout_batch, 3, rollout_step_push),
    [KERNEL_PRUNED_COLUMNS] = SPECIALISED(pruned_columns, 7, pruned_columns_push),
    [KERNEL_PRUNED_ROWS] = SPECIALISED(pruned_rows, 4, pruned_rows_push),
    [KERNEL_PRUNED_ABSMAX] = SPECIALISED(pruned_absmax, 8, pruned_rows_push),
    [KERNEL_PRUNED_TERNARY] = SPECIALISED(pruned_ternary, 7, pruned_rows_push),
    [KERNEL_PRUNED_FIELD] = SINGLE(pruned_field, 8, pruned_field_push),
    [KERNEL_PRUNED_FIELD_DENSE] = SINGLE(pruned_field_dense, 8, pruned_field_push),
    [KERNEL_BIT_MAJORITY] = SPECIALISED(bit_majority, 4, bit_majority_push),
    [KERNEL_UNPACK_PLANES] = SOURCE(unpack_planes, 2, unpack_planes_push),
    [KERNEL_WINDOW_ROWS] = SPECIALISED(window_rows, 2, window_push),
    [KERNEL_WINDOW_COLUMNS] = SPECIALISED(window_columns, 4, window_push),
    [KERNEL_TERNARY_PLANES] = SOURCE(ternary_planes, 3, ternary_planes_push),
    [KERNEL_ADJOINT_ROWS] = SPECIALISED(adjoint_rows, 4, adjoint_rows_push),
    [KERNEL_ADJOINT_COLUMNS] = SOURCE(adjoint_columns, 6, adjoint_columns_push),
    [KERNEL_ADJOINT_GRADIENT] = SOURCE(adjoint_gradient, 4, adjoint_gradient_push),
    [KERNEL_FIELD_REST] = SOURCE(field_rest, 4, field_rest_push),
    [KERNEL_TAKE_FIELD] = SOURCE(take_field, 5, take_field_push),
    [KERNEL_UNPACK_BANDS] = SOURCE(unpack_bands, 4, unpack_bands_push),
    [KERNEL_BAND_COLUMNS] = SPECIALISED(band_columns, 5, band_columns_push),
    [KERNEL_BAND_ROWS] = SPECIALISED(band_rows, 4, band_rows_push),
    [KERNEL_HAT_ROWS] = SPECIALISED(hat_rows, 3, hat_columns_push),
    [KERNEL_HAT_COLUMNS] = SPECIALISED(hat_columns, 3, hat_columns_push),
    [KERNEL_MOMENTS] = DOUBLE(moments, 3, moments_push, false),
    [KERNEL_ADD_FIELD] = DOUBLE(add_field, 2, add_field_push, false),
    [KERNEL_MODE_ENERGIES] = DOUBLE(mode_energies, 3, hat_columns_push, true),
    [KERNEL_SHELLS] = DOUBLE(shells, 2, shells_push, false),
    [KERNEL_SIMULATE_COLUMNS] = SPECIALISED(simulate_columns, 5, simulate_columns_push),
    [KERNEL_SIMULATE_ROWS] = SPECIALISED(simulate_rows, 8, simulate_rows_push),
    [KERNEL_SIMULATE_FUSED_COLUMNS] = SPECIALISED(simulate_fused_columns, 5, simulate_columns_push),
    [KERNEL_SIMULATE_FUSED_ROWS] = SPECIALISED(simulate_fused_rows, 8, simulate_rows_push),
};

enum vordec_status kernels_init(struct kernels *kernels, struct gpu *gpu, struct vordec_error *error) {
  size_t size = 0;
  void *content = cache_load(gpu, PIPELINES_KEY, &size);
  const VkPipelineCacheCreateInfo info = {
      .sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO, .initialDataSize = size, .pInitialData = content};
  const VkResult result = gpu->vk.CreatePipelineCache(gpu->device, &info, NULL, &kernels->pipeline_cache);
  kernels->gpu = gpu;
  host_free(gpu->host, content);
  if (result != VK_SUCCESS) {
    kernels->pipeline_cache = VK_NULL_HANDLE;
    return vk_fail(error, result, "vkCreatePipelineCache");
  }
  kernels->pipeline_cache_bytes = size;
  return VORDEC_OK;
}

void kernels_save(struct kernels *kernels) {
  struct gpu *gpu = kernels->gpu;
  const struct vk_table *vk = &gpu->vk;
  size_t size = 0;
  if (vk->GetPipelineCacheData(gpu->device, kernels->pipeline_cache, &size, NULL) != VK_SUCCESS) return;
  if (size <= kernels->pipeline_cache_bytes) return;
  void *content = host_alloc(gpu->host, size, 1);
  if (!content) return;
  if (vk->GetPipelineCacheData(gpu->device, kernels->pipeline_cache, &size, content) == VK_SUCCESS) {
    cache_store(gpu, PIPELINES_KEY, content, size);
    kernels->pipeline_cache_bytes = size;
  }
  host_free(gpu->host, content);
}

static VkResult make_set_layout(struct kernels *kernels, uint32_t buffers) {
  VkDescriptorSetLayout *layout = &kernels->set_layouts[buffers];
  if (*layout) return VK_SUCCESS;
  VkDescriptorSetLayoutBinding bindings[KERNEL_BUFFERS_MAX];
  for (uint32_t i = 0; i < buffers; i++) {
    bindings[i] = (VkDescriptorSetLayoutBinding){.binding = i,
                                                 .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
                                                 .descriptorCount = 1,
                                                 .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT};
  }
  const VkDescriptorSetLayoutCreateInfo info = {
      .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO, .bindingCount = buffers, .pBindings = bindings};
  const VkResult result = kernels->gpu->vk.CreateDescriptorSetLayout(kernels->gpu->device, &info, NULL, layout);
  if (result != VK_SUCCESS) *layout = VK_NULL_HANDLE;
  return result;
}

static VkResult make_layout(struct kernels *kernels, enum kernel kernel) {
  const struct kernel_source *source = &kernel_sources[kernel];
  VkPipelineLayout *layout = &kernels->layouts[kernel];
  if (*layout) return VK_SUCCESS;
  const VkPushConstantRange range = {.stageFlags = VK_SHADER_STAGE_COMPUTE_BIT, .size = source->push_bytes};
  const VkPipelineLayoutCreateInfo info = {.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
                                           .setLayoutCount = 1,
                                           .pSetLayouts = &kernels->set_layouts[source->buffers],
                                           .pushConstantRangeCount = 1,
                                           .pPushConstantRanges = &range};
  const VkResult result = kernels->gpu->vk.CreatePipelineLayout(kernels->gpu->device, &info, NULL, layout);
  if (result != VK_SUCCESS) *layout = VK_NULL_HANDLE;
  return result;
}

static VkResult make_pipeline(struct kernels *kernels, enum kernel kernel, enum vordec_precision precision,
                              const struct kernel_constants *constants, VkPipeline *pipeline, const char **call) {
  const struct kernel_source *source = &kernel_sources[kernel];
  const struct vk_table *vk = &kernels->gpu->vk;
  const VkShaderModuleCreateInfo module_info = {.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO,
                                                .codeSize = source->bytes[precision],
                                                .pCode = source->code[precision]};
  VkShaderModule module = VK_NULL_HANDLE;
  *call = "vkCreateShaderModule";
  VkResult result = vk->CreateShaderModule(kernels->gpu->device, &module_info, NULL, &module);
  if (result != VK_SUCCESS) return result;
  VkSpecializationMapEntry entries[KERNEL_CONSTANTS_MAX];
  for (uint32_t i = 0; constants && i < constants->count; i++) {
    entries[i] = (VkSpecializationMapEntry){i, i * (uint32_t)sizeof(uint32_t), sizeof(uint32_t)};
  }
  const VkSpecializationInfo specialisation = {.mapEntryCount = constants ? constants->count : 0,
                                               .pMapEntries = entries,
                                               .dataSize = constants ? constants->count * sizeof(uint32_t) : 0,
                                               .pData = constants ? constants->values : NULL};
  /* A dispatch may be done in parts: plan/pacing.h. */
  const VkComputePipelineCreateInfo info = {.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
                                            .flags = VK_PIPELINE_CREATE_DISPATCH_BASE_BIT,
                                            .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                                                      .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                                                      .module = module,
                                                      .pName = "main",
                                                      .pSpecializationInfo = &specialisation},
                                            .layout = kernels->layouts[kernel]};
  *call = "vkCreateComputePipelines";
  result = vk->CreateComputePipelines(kernels->gpu->device, kernels->pipeline_cache, 1, &info, NULL, pipeline);
  vk->DestroyShaderModule(kernels->gpu->device, module, NULL);
  if (result != VK_SUCCESS) {
    *pipeline = VK_NULL_HANDLE;
    return result;
  }
  debug_name(vk, kernels->gpu->device, VK_OBJECT_TYPE_PIPELINE, (uint64_t)(uintptr_t)*pipeline, source->name);
  return VK_SUCCESS;
}

static VkResult make_shared_pipeline(struct kernels *kernels, enum kernel kernel, enum vordec_precision precision,
                                     const char **call) {
  VkPipeline *pipeline = &kernels->pipelines[precision][kernel];
  const struct kernel_source *source = &kernel_sources[kernel];
  if (*pipeline || source->specialised || !source->code[precision]) return VK_SUCCESS;
  return make_pipeline(kernels, kernel, precision, NULL, pipeline, call);
}

enum vordec_status kernels_build(struct kernels *kernels, enum vordec_precision precision, struct vordec_error *error) {
  for (enum kernel kernel = 0; kernel < KERNEL_COUNT; kernel++) {
    const char *call = "vkCreateDescriptorSetLayout";
    VkResult result = make_set_layout(kernels, kernel_sources[kernel].buffers);
    if (result == VK_SUCCESS) {
      call = "vkCreatePipelineLayout";
      result = make_layout(kernels, kernel);
    }
    if (result == VK_SUCCESS) result = make_shared_pipeline(kernels, kernel, precision, &call);
    if (result != VK_SUCCESS) {
      return gpu_fail(kernels->gpu, result, call, error);
    }
  }
  return VORDEC_OK;
}

void kernels_rebind(const struct kernels *kernels, enum kernel kernel, const VkBuffer *buffers, VkDescriptorSet set) {
  const struct gpu *gpu = kernels->gpu;
  const uint32_t count = kernel_sources[kernel].buffers;
  VkDescriptorBufferInfo ranges[KERNEL_BUFFERS_MAX];
  VkWriteDescriptorSet writes[KERNEL_BUFFERS_MAX];
  for (uint32_t i = 0; i < count; i++) {
    ranges[i] = (VkDescriptorBufferInfo){.buffer = buffers[i], .range = VK_WHOLE_SIZE};
    writes[i] = (VkWriteDescriptorSet){.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
                                       .dstSet = set,
                                       .dstBinding = i,
                                       .descriptorCount = 1,
                                       .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
                                       .pBufferInfo = &ranges[i]};
  }
  gpu->vk.UpdateDescriptorSets(gpu->device, count, writes, 0, NULL);
}

VkResult kernels_bind(const struct kernels *kernels, VkDescriptorPool pool, enum kernel kernel, const VkBuffer *buffers,
                      VkDescriptorSet *set) {
  const struct gpu *gpu = kernels->gpu;
  const uint32_t count = kernel_sources[kernel].buffers;
  const VkDescriptorSetAllocateInfo info = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
                                            .descriptorPool = pool,
                                            .descriptorSetCount = 1,
                                            .pSetLayouts = &kernels->set_layouts[count]};
  const VkResult result = gpu->vk.AllocateDescriptorSets(gpu->device, &info, set);
  if (result != VK_SUCCESS) {
    *set = VK_NULL_HANDLE;
    return result;
  }
  kernels_rebind(kernels, kernel, buffers, *set);
  return VK_SUCCESS;
}

/* ---- specialised pipelines ---- */

#define KEPT_MAX 32u /* that nobody uses */

struct specialised {
  struct specialised *next;
  enum kernel kernel;
  enum vordec_precision precision;
  struct kernel_constants constants;
  VkPipeline pipeline;
  uint32_t users;
};

static bool is_same(const struct specialised *entry, enum kernel kernel, enum vordec_precision precision,
                    const struct kernel_constants *constants) {
  return entry->kernel == kernel && entry->precision == precision && entry->constants.count == constants->count &&
         memcmp(entry->constants.values, constants->values, constants->count * sizeof *constants->values) == 0;
}

/* Frees the oldest of those that nobody uses, beyond `kept`. */
static void trim(struct kernels *kernels, uint32_t kept) {
  struct specialised **link = &kernels->specialised;
  uint32_t unused = 0;
  while (*link) {
    struct specialised *entry = *link;
    if (entry->users > 0 || unused++ < kept) {
      link = &entry->next;
      continue;
    }
    *link = entry->next;
    kernels->gpu->vk.DestroyPipeline(kernels->gpu->device, entry->pipeline, NULL);
    host_free(kernels->gpu->host, entry);
  }
}

enum vordec_status kernels_specialise(struct kernels *kernels, enum kernel kernel, enum vordec_precision precision,
                                      const struct kernel_constants *constants, VkPipeline *pipeline,
                                      struct vordec_error *error) {
  *pipeline = VK_NULL_HANDLE;
  struct specialised *entry = kernels->specialised;
  while (entry && !is_same(entry, kernel, precision, constants)) entry = entry->next;
  if (!entry) {
    const char *call = NULL;
    entry = host_alloc(kernels->gpu->host, 1, sizeof *entry);
    if (!entry) return host_no_memory(error, "a pipeline");
    const VkResult result = make_pipeline(kernels, kernel, precision, constants, &entry->pipeline, &call);
    if (result != VK_SUCCESS) {
      host_free(kernels->gpu->host, entry);
      return gpu_fail(kernels->gpu, result, call, error);
    }
    entry->kernel = kernel;
    entry->precision = precision;
    entry->constants = *constants;
    entry->next = kernels->specialised;
    kernels->specialised = entry;
  }
  entry->users++;
  *pipeline = entry->pipeline;
  return VORDEC_OK;
}

void kernels_release(struct kernels *kernels, VkPipeline pipeline) {
  if (!pipeline) return;
  struct specialised *entry = kernels->specialised;
  while (entry->pipeline != pipeline) entry = entry->next;
  entry->users--;
  trim(kernels, KEPT_MAX);
}

void kernels_finish(struct kernels *kernels) {
  struct gpu *gpu = kernels->gpu;
  if (!gpu) return;
  const struct vk_table *vk = &gpu->vk;
  trim(kernels, 0);
  for (int kernel = 0; kernel < KERNEL_COUNT; kernel++) {
    for (int precision = 0; precision < 2; precision++) {
      VkPipeline pipeline = kernels->pipelines[precision][kernel];
      if (pipeline) vk->DestroyPipeline(gpu->device, pipeline, NULL);
    }
    if (kernels->layouts[kernel]) vk->DestroyPipelineLayout(gpu->device, kernels->layouts[kernel], NULL);
  }
  for (int i = 0; i <= KERNEL_BUFFERS_MAX; i++) {
    if (kernels->set_layouts[i]) vk->DestroyDescriptorSetLayout(gpu->device, kernels->set_layouts[i], NULL);
  }
  if (kernels->pipeline_cache) vk->DestroyPipelineCache(gpu->device, kernels->pipeline_cache, NULL);
  *kernels = (struct kernels){0};
}
