/* SPDX-License-Identifier: MIT */
#include "pipelines.h"

#include "debug.h"

#include <pthread.h>
#include <stdatomic.h>

#define THREADS_MAX 16u

/* ---- one ---- */

static VkResult make_with(const struct gpu *gpu, VkPipelineCache cache, VkShaderModule module,
                          struct pipeline_job *job) {
  VkSpecializationMapEntry entries[PIPELINE_CONSTANTS_MAX];
  for (uint32_t i = 0; i < job->constant_count; i++) {
    entries[i] = (VkSpecializationMapEntry){i, i * (uint32_t)sizeof(uint32_t), sizeof(uint32_t)};
  }
  const VkSpecializationInfo specialisation = {.mapEntryCount = job->constant_count,
                                               .pMapEntries = entries,
                                               .dataSize = job->constant_count * sizeof(uint32_t),
                                               .pData = job->constants};
  /* A dispatch may be done in parts, as plan/pacing.h says. */
  const VkComputePipelineCreateInfo info = {.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
                                            .flags = VK_PIPELINE_CREATE_DISPATCH_BASE_BIT,
                                            .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                                                      .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                                                      .module = module,
                                                      .pName = "main",
                                                      .pSpecializationInfo = &specialisation},
                                            .layout = job->layout};
  job->call = "vkCreateComputePipelines";
  return gpu->vk.CreateComputePipelines(gpu->device, cache, 1, &info, NULL, &job->pipeline);
}

static VkResult make(const struct gpu *gpu, VkPipelineCache cache, struct pipeline_job *job) {
  const VkShaderModuleCreateInfo info = {
      .sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, .codeSize = job->bytes, .pCode = job->code};
  VkShaderModule module = VK_NULL_HANDLE;
  job->call = "vkCreateShaderModule";
  VkResult result = gpu->vk.CreateShaderModule(gpu->device, &info, NULL, &module);
  if (result != VK_SUCCESS) return result;
  result = make_with(gpu, cache, module, job);
  gpu->vk.DestroyShaderModule(gpu->device, module, NULL);
  if (result != VK_SUCCESS) return result;
  debug_name(&gpu->vk, gpu->device, VK_OBJECT_TYPE_PIPELINE, (uint64_t)(uintptr_t)job->pipeline, job->name);
  return VK_SUCCESS;
}

/* ---- all ---- */

struct work {
  const struct gpu *gpu;
  VkPipelineCache cache;
  struct pipeline_job *jobs;
  uint32_t count;
  atomic_uint next;
};

static void *take_jobs(void *work_) {
  struct work *work = work_;
  for (uint32_t i = atomic_fetch_add(&work->next, 1); i < work->count; i = atomic_fetch_add(&work->next, 1)) {
    struct pipeline_job *job = &work->jobs[i];
    job->result = make(work->gpu, work->cache, job);
    if (job->result != VK_SUCCESS) job->pipeline = VK_NULL_HANDLE;
  }
  return NULL;
}

void pipelines_make(const struct gpu *gpu, VkPipelineCache cache, uint32_t threads, struct pipeline_job *jobs,
                    uint32_t count) {
  struct work work = {.gpu = gpu, .cache = cache, .jobs = jobs, .count = count};
  pthread_t helpers[THREADS_MAX];
  const uint32_t most = threads < THREADS_MAX ? threads : THREADS_MAX, wanted = most < count ? most : count;
  uint32_t started = 0;
  while (started + 1 < wanted && pthread_create(&helpers[started], NULL, take_jobs, &work) == 0) started++;
  take_jobs(&work);
  for (uint32_t i = 0; i < started; i++) pthread_join(helpers[i], NULL);
}
