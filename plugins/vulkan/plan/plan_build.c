/* SPDX-License-Identifier: MIT */
#include "plan_build.h"

#include "gpu/instance.h"
#include "gpu/vulkan_host.h"
#include "plan_describe.h"
#include "plan_memory.h"
#include "plan_segments.h"
#include "plan_share.h"
#include "rolled_states.h"
#include "transforms/transform.h"
#include "trial.h"
#include "upload.h"
#include "vulkan_synthesis.h"

static uint32_t reduction_groups(uint32_t cells) {
  const uint32_t per_group = 16 * VORDEC_WORKGROUP;
  const uint32_t groups = (cells - 1) / per_group + 1;
  return groups < VORDEC_GROUPS_MAX ? groups : VORDEC_GROUPS_MAX;
}

static enum vordec_status create_objects(struct vordec_plan *plan, struct vordec_error *error) {
  struct vordec_session *session = plan->session;
  const VkDescriptorPoolSize size = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, PLAN_SETS_MAX * KERNEL_BUFFERS_MAX};
  const VkDescriptorPoolCreateInfo sets = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
                                           .maxSets = PLAN_SETS_MAX,
                                           .poolSizeCount = 1,
                                           .pPoolSizes = &size};
  VkResult result = session->gpu.vk.CreateDescriptorPool(session->gpu.device, &sets, NULL, &plan->sets);
  if (result != VK_SUCCESS) {
    plan->sets = VK_NULL_HANDLE;
    return gpu_fail(&session->gpu, result, "vkCreateDescriptorPool", error);
  }
  const VkFenceCreateInfo fence = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
  result = session->gpu.vk.CreateFence(session->gpu.device, &fence, NULL, &plan->fence);
  if (result != VK_SUCCESS) {
    plan->fence = VK_NULL_HANDLE;
    return gpu_fail(&session->gpu, result, "vkCreateFence", error);
  }
  if (session->gpu.facts.timestamp_bits == 0) return VORDEC_OK;
  const VkQueryPoolCreateInfo queries = {.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO,
                                         .queryType = VK_QUERY_TYPE_TIMESTAMP,
                                         .queryCount = SEGMENT_COUNT * PLAN_MARKS_MAX};
  result = session->gpu.vk.CreateQueryPool(session->gpu.device, &queries, NULL, &plan->queries);
  if (result == VK_SUCCESS) return VORDEC_OK;
  plan->queries = VK_NULL_HANDLE;
  return gpu_fail(&session->gpu, result, "vkCreateQueryPool", error);
}

struct vordec_plan *plan_begin(struct vordec_session *session, const struct vordec_plan_desc *desc,
                               struct vordec_error *error) {
  enum vordec_status status = gpu_check(&session->gpu, error);
  if (status) return NULL;
  struct vordec_plan *plan = host_alloc(session->gpu.host, 1, sizeof *plan);
  if (!plan) {
    host_no_memory(error, "a plan");
    return NULL;
  }
  plan->session = session;
  plan->script = &decode_script;
  status = plan_describe(plan, desc, error);
  if (!status) status = kernels_build(&session->kernels, desc->precision, error);
  if (!status) status = create_objects(plan, error);
  if (!status) return plan;
  vulkan_plan_destroy(plan);
  return NULL;
}

static void drop_transform(struct vordec_plan *plan) {
  if (plan->transform && plan->transform->destroy) plan->transform->destroy(plan);
  plan->transform = NULL;
  plan_memory_destroy(plan);
}

static enum vordec_status make_transform(struct vordec_plan *plan, struct vordec_error *error) {
  const struct transform *transform = plan->transform;
  enum vordec_status status = transform->serves ? transform->serves(plan->n, error) : VORDEC_OK;
  if (!status && transform->describe) status = transform->describe(plan, error);
  if (!status) status = plan_memory_choose_chunk(plan, error);
  if (!status) status = plan_memory_create(plan, error);
  if (!status) status = upload_tables(plan, error);
  if (!status) status = vulkan_synthesis_upload(plan, error);
  if (!status && transform->create) status = transform->create(plan, error);
  if (!status && transform->prove) status = transform->prove(plan, error);
  return status;
}

enum vordec_status plan_use(struct vordec_plan *plan, const struct transform *transform, struct vordec_error *error) {
  const bool swaps =
      !transform->record_mask && plan->desc.majority_iters % 2; /* each round goes from one mask to the other */
  plan->transform = transform;
  plan->groups = plan->absmax_groups = reduction_groups(plan->cells);
  plan->mask_buffer = swaps ? PLAN_MASK_B : PLAN_MASK_A;
  const enum vordec_status status = make_transform(plan, error);
  if (status) drop_transform(plan);
  return status;
}

enum vordec_status plan_finish(struct vordec_plan *plan, struct vordec_plan_info *info, struct vordec_error *error) {
  struct vordec_session *session = plan->session;
  snprintf(info->fft, sizeof info->fft, "%s", plan->transform->name);
  enum vordec_status status = rolled_states_prepare(plan, error);
  if (!status) status = plan_segments_record(plan, error);
  if (!status) status = plan_share_record(plan, error);
  const double start_ms = host_ms(session->gpu.host);
  if (!status) status = plan_segments_warm_up(plan, error);
  if (!status) status = trial_run(plan, error);
  info->warmup_ms = host_ms(session->gpu.host) - start_ms;
  if (status) return status;
  kernels_save(&session->kernels);
  info->device_bytes = plan->device_bytes;
  info->host_bytes = plan_host_bytes(plan) + sizeof *session + sizeof *session->instance;
  return VORDEC_OK;
}

enum vordec_status plan_build(struct vordec_session *session, const struct vordec_plan_desc *desc,
                              const struct transform *transform, struct vordec_plan **out,
                              struct vordec_plan_info *info, struct vordec_error *error) {
  struct vordec_plan *plan = plan_begin(session, desc, error);
  if (!plan) return error->status;
  enum vordec_status status = plan_use(plan, transform, error);
  if (!status) status = plan_finish(plan, info, error);
  if (status) {
    vulkan_plan_destroy(plan);
    return status;
  }
  info->fft_reason[0] = 0;
  *out = plan;
  return VORDEC_OK;
}

void vulkan_plan_destroy(struct vordec_plan *plan) {
  if (!plan) return;
  struct vordec_session *session = plan->session;
  const struct gpu *gpu = &session->gpu;
  session_settle(session);
  plan_segments_free(plan);
  rolled_states_free(plan);
  plan_forget_job(plan);
  if (plan->computed) gpu->vk.DestroySemaphore(gpu->device, plan->computed, NULL);
  if (plan->fence) gpu->vk.DestroyFence(gpu->device, plan->fence, NULL);
  plan_share_end(plan);
  drop_transform(plan);
  vulkan_synthesis_destroy(plan);
  if (plan->queries) gpu->vk.DestroyQueryPool(gpu->device, plan->queries, NULL);
  if (plan->sets) gpu->vk.DestroyDescriptorPool(gpu->device, plan->sets, NULL);
  plan_describe_undo(plan);
  host_free(gpu->host, plan);
}
