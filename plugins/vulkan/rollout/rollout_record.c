/* SPDX-License-Identifier: MIT */
#include "rollout_record.h"

#include "gpu/vulkan_host.h"

#define SET_BUFFERS 3

struct step_sets {
  VkDescriptorSet forth, back; /* for steps from z to next, and from next to z */
};

/* Groups of states that take their steps together. */
struct wave {
  uint32_t first, count;
};

static enum kernel step_kernel(const struct vordec_backend_rollout *rollout) {
  return rollout->batch_pipeline ? KERNEL_ROLLOUT_BATCH : KERNEL_ROLLOUT_STEP;
}

static struct wave wave_at(const struct vordec_backend_rollout *rollout, uint32_t number) {
  const uint32_t first = number * rollout->wave_groups, left = rollout->groups - first;
  return (struct wave){first, left < rollout->wave_groups ? left : rollout->wave_groups};
}

static enum vordec_status create_pools(struct vordec_backend_rollout *rollout, struct vordec_error *error) {
  struct vordec_session *session = rollout->session;
  const VkDescriptorPoolSize size = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 2 * SET_BUFFERS};
  const VkDescriptorPoolCreateInfo sets = {
      .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO, .maxSets = 2, .poolSizeCount = 1, .pPoolSizes = &size};
  VkResult result = session->gpu.vk.CreateDescriptorPool(session->gpu.device, &sets, NULL, &rollout->sets);
  if (result != VK_SUCCESS) {
    rollout->sets = VK_NULL_HANDLE;
    return gpu_fail(&session->gpu, result, "vkCreateDescriptorPool", error);
  }
  if (session->gpu.facts.timestamp_bits == 0) return VORDEC_OK;
  const VkQueryPoolCreateInfo queries = {
      .sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO, .queryType = VK_QUERY_TYPE_TIMESTAMP, .queryCount = 2};
  result = session->gpu.vk.CreateQueryPool(session->gpu.device, &queries, NULL, &rollout->queries);
  if (result == VK_SUCCESS) return VORDEC_OK;
  rollout->queries = VK_NULL_HANDLE;
  return gpu_fail(&session->gpu, result, "vkCreateQueryPool", error);
}

static VkResult make_set(const struct vordec_backend_rollout *rollout, const struct buffer *from,
                         const struct buffer *to, VkDescriptorSet *set) {
  const VkBuffer buffers[SET_BUFFERS] = {rollout->a.handle, from->handle, to->handle};
  return kernels_bind(&rollout->session->kernels, rollout->sets, step_kernel(rollout), buffers, set);
}

/* A barrier between any two of our commands; with `host` the host reads next. */
static void full_barrier(const struct vk_table *vk, VkCommandBuffer commands, bool host) {
  const VkPipelineStageFlags work = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT;
  const VkMemoryBarrier barrier = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
                                   .srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT,
                                   .dstAccessMask = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT |
                                                    VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_TRANSFER_WRITE_BIT |
                                                    (host ? VK_ACCESS_HOST_READ_BIT : 0u)};
  vk->CmdPipelineBarrier(commands, work, host ? work | VK_PIPELINE_STAGE_HOST_BIT : work, 0, 1, &barrier, 0, NULL, 0,
                         NULL);
}

/* A barrier between two steps. It is for compute alone, which is the least that a device can be asked to wait for. */
static void step_barrier(const struct vk_table *vk, VkCommandBuffer commands) {
  const VkPipelineStageFlags compute = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT;
  const VkMemoryBarrier barrier = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
                                   .srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT,
                                   .dstAccessMask = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT};
  vk->CmdPipelineBarrier(commands, compute, compute, 0, 1, &barrier, 0, NULL, 0, NULL);
}

static void copy_states(const struct vordec_backend_rollout *rollout, VkCommandBuffer commands,
                        const struct buffer *from, const struct buffer *to, const VkBufferCopy *region) {
  rollout->session->gpu.vk.CmdCopyBuffer(commands, from->handle, to->handle, 1, region);
}

/* Records the dispatches. With `alternate`, steps go forth and back; otherwise each goes from z to next. */
static void record_dispatches(const struct vordec_backend_rollout *rollout, VkCommandBuffer commands,
                              const struct wave *wave, uint32_t steps, const struct step_sets *sets, bool alternate) {
  const struct vk_table *vk = &rollout->session->gpu.vk;
  const struct kernels *kernels = &rollout->session->kernels;
  VkPipelineLayout layout = kernels->layouts[step_kernel(rollout)];
  const struct rollout_step_push push = {.d = rollout->d, .pitch = rollout->pitch};
  vk->CmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE,
                      rollout->batch_pipeline ? rollout->batch_pipeline
                                              : kernels->pipelines[rollout->precision][KERNEL_ROLLOUT_STEP]);
  vk->CmdPushConstants(commands, layout, VK_SHADER_STAGE_COMPUTE_BIT, 0, sizeof push, &push);
  for (uint32_t i = 0; i < steps; i++) {
    const VkDescriptorSet *set = alternate && i % 2 ? &sets->back : &sets->forth;
    vk->CmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, set, 0, NULL);
    vk->CmdDispatchBase(commands, 0, wave->first, 0, rollout->pitch / VORDEC_ROLLOUT_COLUMNS, wave->count, 1);
    step_barrier(vk, commands);
  }
}

static void record_steps(const struct vordec_backend_rollout *rollout, VkCommandBuffer commands,
                         const struct wave *wave, uint32_t steps, const struct step_sets *sets) {
  const struct vk_table *vk = &rollout->session->gpu.vk;
  const uint64_t group = rollout->group_states * rollout_row_bytes(rollout);
  const VkBufferCopy region = {wave->first * group, wave->first * group, wave->count * group};
  record_dispatches(rollout, commands, wave, steps, sets, true);
  if (steps % 2 == 0) return;
  full_barrier(vk, commands, false);
  copy_states(rollout, commands, &rollout->next, &rollout->z, &region);
  full_barrier(vk, commands, false);
}

static void record_reading(const struct vordec_backend_rollout *rollout, VkCommandBuffer commands) {
  const struct vk_table *vk = &rollout->session->gpu.vk;
  const VkBufferCopy region = {.size = rollout->states * rollout_row_bytes(rollout)};
  full_barrier(vk, commands, false);
  copy_states(rollout, commands, &rollout->z, &rollout->readback, &region);
  full_barrier(vk, commands, true);
}

static void mark(const struct vordec_backend_rollout *rollout, VkCommandBuffer commands, uint32_t query) {
  const struct vk_table *vk = &rollout->session->gpu.vk;
  if (!rollout->queries) return;
  if (query == 0) vk->CmdResetQueryPool(commands, rollout->queries, 0, 2);
  vk->CmdWriteTimestamp(commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, rollout->queries, query);
}

static void record_content(const struct vordec_backend_rollout *rollout, VkCommandBuffer commands, uint32_t id,
                           const struct step_sets *sets) {
  const struct wave trial = {0, rollout->trial_groups};
  switch ((enum rollout_commands)id) {
  case ROLLOUT_OPENING:
    full_barrier(&rollout->session->gpu.vk, commands, false);
    mark(rollout, commands, 0);
    return;
  case ROLLOUT_CLOSING:
    mark(rollout, commands, 1);
    return;
  case ROLLOUT_READ:
    record_reading(rollout, commands);
    return;
  case ROLLOUT_TRIAL:
    record_dispatches(rollout, commands, &trial, rollout->trial_steps, sets, false);
    return;
  case ROLLOUT_STEPS:
    break;
  }
  const uint32_t number = id - ROLLOUT_STEPS;
  const struct wave wave = wave_at(rollout, number / ROLLOUT_DOUBLINGS);
  record_steps(rollout, commands, &wave, 1u << number % ROLLOUT_DOUBLINGS, sets);
}

static const char *label_of(uint32_t id) {
  static const char *const labels[] = {"rollout opening", "rollout closing", "rollout read", "rollout trial"};
  return id < ROLLOUT_STEPS ? labels[id] : "rollout steps";
}

static VkResult record_one(const struct vordec_backend_rollout *rollout, uint32_t id, const struct step_sets *sets,
                           const char **call) {
  const struct vk_table *vk = &rollout->session->gpu.vk;
  VkCommandBuffer commands = rollout->commands[id];
  const char *label = label_of(id);
  /* A submission may contain the longest run of steps more than once. */
  const VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
                                          .flags = VK_COMMAND_BUFFER_USAGE_SIMULTANEOUS_USE_BIT};
  debug_name(vk, rollout->session->gpu.device, VK_OBJECT_TYPE_COMMAND_BUFFER, (uint64_t)(uintptr_t)commands, label);
  *call = "vkBeginCommandBuffer";
  const VkResult result = vk->BeginCommandBuffer(commands, &begin);
  if (result != VK_SUCCESS) return result;
  debug_begin(vk, commands, label);
  record_content(rollout, commands, id, sets);
  debug_end(vk, commands);
  *call = "vkEndCommandBuffer";
  return vk->EndCommandBuffer(commands);
}

static uint32_t command_count(const struct vordec_backend_rollout *rollout) {
  return rollout_steps_id(rollout->waves, 0);
}

static enum vordec_status allocate_commands(struct vordec_backend_rollout *rollout, struct vordec_error *error) {
  struct vordec_session *session = rollout->session;
  const VkCommandBufferAllocateInfo allocate = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                                .commandPool = session->commands,
                                                .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                                .commandBufferCount = command_count(rollout)};
  rollout->commands = host_alloc(session->gpu.host, allocate.commandBufferCount, sizeof(VkCommandBuffer));
  if (!rollout->commands) return host_no_memory(error, "a rollout's commands");
  const VkResult result = session->gpu.vk.AllocateCommandBuffers(session->gpu.device, &allocate, rollout->commands);
  if (result == VK_SUCCESS) return VORDEC_OK;
  host_free(session->gpu.host, rollout->commands);
  rollout->commands = NULL;
  return gpu_fail(&session->gpu, result, "vkAllocateCommandBuffers", error);
}

enum vordec_status rollout_record(struct vordec_backend_rollout *rollout, struct vordec_error *error) {
  struct vordec_session *session = rollout->session;
  enum vordec_status status = create_pools(rollout, error);
  if (status) return status;
  struct step_sets sets;
  const char *call = "vkAllocateDescriptorSets";
  VkResult result = make_set(rollout, &rollout->z, &rollout->next, &sets.forth);
  if (result == VK_SUCCESS) result = make_set(rollout, &rollout->next, &rollout->z, &sets.back);
  if (result != VK_SUCCESS) return gpu_fail(&session->gpu, result, call, error);
  status = allocate_commands(rollout, error);
  if (status) return status;
  for (uint32_t id = 0; id < command_count(rollout) && result == VK_SUCCESS; id++) {
    result = record_one(rollout, id, &sets, &call);
  }
  return result == VK_SUCCESS ? VORDEC_OK : gpu_fail(&session->gpu, result, call, error);
}

void rollout_record_destroy(struct vordec_backend_rollout *rollout) {
  struct vordec_session *session = rollout->session;
  const struct vk_table *vk = &session->gpu.vk;
  if (rollout->commands) {
    vk->FreeCommandBuffers(session->gpu.device, session->commands, command_count(rollout), rollout->commands);
    host_free(session->gpu.host, rollout->commands);
  }
  if (rollout->queries) vk->DestroyQueryPool(session->gpu.device, rollout->queries, NULL);
  if (rollout->sets) vk->DestroyDescriptorPool(session->gpu.device, rollout->sets, NULL);
}
