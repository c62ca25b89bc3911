/* SPDX-License-Identifier: MIT */
#include "vulkan_kernels.h"

#include "cache.h"
#include "pipelines.h"
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
#include "pruned_mask_f32.h"
#include "pruned_mask_f64.h"
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

#define PIPELINES_KEY "pipelines" /* the key in the disk cache */

#define SOURCE(name, buffers, push)                                                                                    \
  { #name, {name##_f32, name##_f64 }, {sizeof name##_f32, sizeof name##_f64 }, buffers, sizeof(struct push), false }
#define SPECIALISED(name, buffers, push)                                                                               \
  { #name, {name##_f32, name##_f64 }, {sizeof name##_f32, sizeof name##_f64 }, buffers, sizeof(struct push), true }
/* A kernel that is specialised, and exists in single precision only. */
#define SINGLE(name, buffers, push)                                                                                    \
  { #name, {name##_f32, NULL }, {sizeof name##_f32, 0 }, buffers, sizeof(struct push), true }

/* A kernel that exists in double precision only, and may be specialised. */
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
    [KERNEL_PRUNED_MASK] = SPECIALISED(pruned_mask, 7, pruned_rows_push),
    [KERNEL_PRUNED_FIELD] = SINGLE(pruned_field, 8, pruned_field_push),
    [KERNEL_PRUNED_FIELD_DENSE] = SINGLE(pruned_field_dense, 8, pruned_field_push),
    [KERNEL_BIT_MAJORITY] = SPECIALISED(bit_majority, 4, bit_majority_push),
    [KERNEL_UNPACK_PLANES] = SOURCE(unpack_planes, 2, unpack_planes_push),
    [KERNEL_WINDOW_ROWS] = SPECIALISED(window_rows, 2, window_push),
    [KERNEL_WINDOW_COLUMNS] = SPECIALISED(window_columns, 4, window_push),
    [KERNEL_TERNARY_PLANES] = SOURCE(ternary_planes, 4, ternary_planes_push),
    [KERNEL_ADJOINT_ROWS] = SPECIALISED(adjoint_rows, 4, adjoint_rows_push),
    [KERNEL_ADJOINT_COLUMNS] = SOURCE(adjoint_columns, 7, adjoint_columns_push),
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

enum vordec_status kernels_init(struct kernels *kernels, struct gpu *gpu, uint32_t threads,
                                struct vordec_error *error) {
  size_t size = 0;
  void *content = cache_load(gpu, PIPELINES_KEY, &size);
  const VkPipelineCacheCreateInfo info = {
      .sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO, .initialDataSize = size, .pInitialData = content};
  const VkResult result = gpu->vk.CreatePipelineCache(gpu->device, &info, NULL, &kernels->pipeline_cache);
  kernels->gpu = gpu;
  kernels->threads = threads;
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

static struct pipeline_job job_of(const struct kernels *kernels, const struct kernel_wanted *wanted) {
  const struct kernel_source *source = &kernel_sources[wanted->kernel];
  struct pipeline_job job = {.name = source->name,
                             .code = source->code[wanted->precision],
                             .bytes = source->bytes[wanted->precision],
                             .constant_count = wanted->constants.count,
                             .layout = kernels->layouts[wanted->kernel]};
  memcpy(job.constants, wanted->constants.values, wanted->constants.count * sizeof *job.constants);
  return job;
}

/* Reports the first failure, in the order of the list. */
static enum vordec_status judge(struct kernels *kernels, const struct pipeline_job *jobs, uint32_t count,
                                struct vordec_error *error) {
  for (uint32_t i = 0; i < count; i++) {
    if (jobs[i].result != VK_SUCCESS) return gpu_fail(kernels->gpu, jobs[i].result, jobs[i].call, error);
  }
  return VORDEC_OK;
}

/* Makes the pipelines that belong to no plan. */
static enum vordec_status make_shared_pipelines(struct kernels *kernels, enum vordec_precision precision,
                                                struct vordec_error *error) {
  struct pipeline_job jobs[KERNEL_COUNT];
  VkPipeline *places[KERNEL_COUNT];
  uint32_t count = 0;
  for (enum kernel kernel = 0; kernel < KERNEL_COUNT; kernel++) {
    const struct kernel_source *source = &kernel_sources[kernel];
    VkPipeline *place = &kernels->pipelines[precision][kernel];
    if (*place || source->specialised || !source->code[precision]) continue;
    const struct kernel_wanted wanted = {kernel, precision, {.count = 0}};
    places[count] = place;
    jobs[count++] = job_of(kernels, &wanted);
  }
  pipelines_make(kernels->gpu, kernels->pipeline_cache, kernels->threads, jobs, count);
  for (uint32_t i = 0; i < count; i++) *places[i] = jobs[i].pipeline;
  return judge(kernels, jobs, count, error);
}

enum vordec_status kernels_build(struct kernels *kernels, enum vordec_precision precision, struct vordec_error *error) {
  for (enum kernel kernel = 0; kernel < KERNEL_COUNT; kernel++) {
    const char *call = "vkCreateDescriptorSetLayout";
    VkResult result = make_set_layout(kernels, kernel_sources[kernel].buffers);
    if (result == VK_SUCCESS) {
      call = "vkCreatePipelineLayout";
      result = make_layout(kernels, kernel);
    }
    if (result != VK_SUCCESS) {
      return gpu_fail(kernels->gpu, result, call, error);
    }
  }
  return make_shared_pipelines(kernels, precision, error);
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

#define KEPT_MAX 64u /* unused ones that are kept: more than all ways of a simulation's steps need */

struct specialised {
  struct specialised *next;
  struct kernel_wanted what;
  VkPipeline pipeline;
  uint32_t users;
};

static bool is_same(const struct kernel_wanted *a, const struct kernel_wanted *b) {
  const struct kernel_constants *x = &a->constants, *y = &b->constants;
  return a->kernel == b->kernel && a->precision == b->precision && x->count == y->count &&
         memcmp(x->values, y->values, x->count * sizeof *x->values) == 0;
}

static struct specialised *find(const struct kernels *kernels, const struct kernel_wanted *what) {
  struct specialised *entry = kernels->specialised;
  while (entry && !is_same(&entry->what, what)) entry = entry->next;
  return entry;
}

/* Frees unused pipelines, the oldest first, until `kept` of them are left. */
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

/* Adds an entry, which has no pipeline yet. */
static struct specialised *add(struct kernels *kernels, const struct kernel_wanted *what) {
  struct specialised *entry = host_alloc(kernels->gpu->host, 1, sizeof *entry);
  if (!entry) return NULL;
  entry->what = *what;
  entry->next = kernels->specialised;
  kernels->specialised = entry;
  return entry;
}

static void drop_failed(struct kernels *kernels) {
  struct specialised **link = &kernels->specialised;
  while (*link) {
    struct specialised *entry = *link;
    if (entry->pipeline) {
      link = &entry->next;
      continue;
    }
    *link = entry->next;
    host_free(kernels->gpu->host, entry);
  }
}

/* Adds entries for the wanted kernels that are not there yet. */
static enum vordec_status list_missing(struct kernels *kernels, const struct kernel_wanted *list, uint32_t count,
                                       struct specialised **made, uint32_t *made_count, struct vordec_error *error) {
  *made_count = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (find(kernels, &list[i])) continue;
    made[*made_count] = add(kernels, &list[i]);
    if (!made[*made_count]) return host_no_memory(error, "a pipeline");
    ++*made_count;
  }
  return VORDEC_OK;
}

enum vordec_status kernels_prepare(struct kernels *kernels, const struct kernel_wanted *list, uint32_t count,
                                   struct vordec_error *error) {
  struct specialised *made[KERNELS_PREPARED_MAX];
  struct pipeline_job jobs[KERNELS_PREPARED_MAX];
  uint32_t missing = 0;
  enum vordec_status status = list_missing(kernels, list, count, made, &missing, error);
  if (!status) {
    for (uint32_t i = 0; i < missing; i++) jobs[i] = job_of(kernels, &made[i]->what);
    pipelines_make(kernels->gpu, kernels->pipeline_cache, kernels->threads, jobs, missing);
    for (uint32_t i = 0; i < missing; i++) made[i]->pipeline = jobs[i].pipeline;
    status = judge(kernels, jobs, missing, error);
  }
  if (status) drop_failed(kernels);
  return status;
}

enum vordec_status kernels_specialise(struct kernels *kernels, enum kernel kernel, enum vordec_precision precision,
                                      const struct kernel_constants *constants, VkPipeline *pipeline,
                                      struct vordec_error *error) {
  const struct kernel_wanted what = {kernel, precision, *constants};
  *pipeline = VK_NULL_HANDLE;
  const enum vordec_status status = kernels_prepare(kernels, &what, 1, error);
  if (status) return status;
  struct specialised *entry = find(kernels, &what);
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
