#include "rollout_record.h"

#include "push_constants.h"
#include "state_handover.h"

#define SET_BUFFERS 3

struct step_sets {
  VkDescriptorSet forth, back; /* z -> next, next -> z */
};

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
  return kernels_bind(&rollout->session->kernels, rollout->sets, KERNEL_ROLLOUT_STEP, buffers, set);
}

/* Between any of our commands; `host`: the host reads next. */
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

/* Between two steps: compute only, the least that a device can be asked to wait for. */
static void step_barrier(const struct vk_table *vk, VkCommandBuffer commands) {
  const VkPipelineStageFlags compute = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT;
  const VkMemoryBarrier barrier = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
                                   .srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT,
                                   .dstAccessMask = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT};
  vk->CmdPipelineBarrier(commands, compute, compute, 0, 1, &barrier, 0, NULL, 0, NULL);
}

static void copy_state(const struct vordec_backend_rollout *rollout, VkCommandBuffer commands,
                       const struct buffer *from, const struct buffer *to) {
  const VkBufferCopy region = {.size = from->size < to->size ? from->size : to->size};
  rollout->session->gpu.vk.CmdCopyBuffer(commands, from->handle, to->handle, 1, &region);
}

/* `alternate`: steps go forth and back; else each from z to next. */
static void record_dispatches(const struct vordec_backend_rollout *rollout, VkCommandBuffer commands, uint32_t steps,
                              const struct step_sets *sets, bool alternate) {
  const struct vk_table *vk = &rollout->session->gpu.vk;
  const struct kernels *kernels = &rollout->session->kernels;
  VkPipelineLayout layout = kernels->layouts[KERNEL_ROLLOUT_STEP];
  const struct rollout_step_push push = {.d = rollout->d, .pitch = rollout->pitch};
  vk->CmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE,
                      kernels->pipelines[rollout->precision][KERNEL_ROLLOUT_STEP]);
  vk->CmdPushConstants(commands, layout, VK_SHADER_STAGE_COMPUTE_BIT, 0, sizeof push, &push);
  for (uint32_t i = 0; i < steps; i++) {
    const VkDescriptorSet *set = alternate && i % 2 ? &sets->back : &sets->forth;
    vk->CmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, set, 0, NULL);
    vk->CmdDispatch(commands, rollout->pitch / VORDEC_ROLLOUT_COLUMNS, 1, 1);
    step_barrier(vk, commands);
  }
}

static void record_steps(const struct vordec_backend_rollout *rollout, VkCommandBuffer commands, uint32_t steps,
                         const struct step_sets *sets) {
  const struct vk_table *vk = &rollout->session->gpu.vk;
  record_dispatches(rollout, commands, steps, sets, true);
  if (steps % 2 == 0) return;
  full_barrier(vk, commands, false);
  copy_state(rollout, commands, &rollout->next, &rollout->z);
  full_barrier(vk, commands, false);
}

static void mark(const struct vordec_backend_rollout *rollout, VkCommandBuffer commands, uint32_t query) {
  const struct vk_table *vk = &rollout->session->gpu.vk;
  if (!rollout->queries) return;
  if (query == 0) vk->CmdResetQueryPool(commands, rollout->queries, 0, 2);
  vk->CmdWriteTimestamp(commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, rollout->queries, query);
}

static void record_content(const struct vordec_backend_rollout *rollout, VkCommandBuffer commands, uint32_t id,
                           const struct step_sets *sets) {
  const struct vk_table *vk = &rollout->session->gpu.vk;
  if (id < ROLLOUT_OPENING) {
    record_steps(rollout, commands, 1u << (id - ROLLOUT_STEPS), sets);
    return;
  }
  switch (id) {
  case ROLLOUT_OPENING:
    full_barrier(vk, commands, false);
    mark(rollout, commands, 0);
    break;
  case ROLLOUT_TRIAL:
    record_dispatches(rollout, commands, rollout->trial_steps, sets, false);
    break;
  case ROLLOUT_CLOSING:
    mark(rollout, commands, 1);
    break;
  case ROLLOUT_PUBLISH:
  case ROLLOUT_READ:
    full_barrier(vk, commands, false);
    copy_state(rollout, commands, &rollout->z, id == ROLLOUT_READ ? &rollout->readback : &rollout->handover->buffer);
    full_barrier(vk, commands, id == ROLLOUT_READ);
    break;
  }
}

static VkResult record_one(const struct vordec_backend_rollout *rollout, uint32_t id, const struct step_sets *sets,
                           const char **call) {
  static const char *const labels[] = {"rollout opening", "rollout closing", "rollout publish", "rollout read",
                                       "rollout trial"};
  const struct vk_table *vk = &rollout->session->gpu.vk;
  VkCommandBuffer commands = rollout->commands[id];
  const char *label = id < ROLLOUT_OPENING ? "rollout steps" : labels[id - ROLLOUT_OPENING];
  /* The longest run of steps may stand in a submission more than once. */
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

enum vordec_status rollout_record(struct vordec_backend_rollout *rollout, struct vordec_error *error) {
  struct vordec_session *session = rollout->session;
  const enum vordec_status status = create_pools(rollout, error);
  if (status) return status;
  struct step_sets sets;
  const char *call = "vkAllocateDescriptorSets";
  VkResult result = make_set(rollout, &rollout->z, &rollout->next, &sets.forth);
  if (result == VK_SUCCESS) result = make_set(rollout, &rollout->next, &rollout->z, &sets.back);
  if (result != VK_SUCCESS) return gpu_fail(&session->gpu, result, call, error);
  const VkCommandBufferAllocateInfo allocate = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                                .commandPool = session->commands,
                                                .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                                .commandBufferCount = ROLLOUT_COMMANDS};
  result = session->gpu.vk.AllocateCommandBuffers(session->gpu.device, &allocate, rollout->commands);
  if (result != VK_SUCCESS) {
    rollout->commands[0] = NULL;
    return gpu_fail(&session->gpu, result, "vkAllocateCommandBuffers", error);
  }
  for (uint32_t id = 0; id < ROLLOUT_COMMANDS && result == VK_SUCCESS; id++) {
    result = record_one(rollout, id, &sets, &call);
  }
  return result == VK_SUCCESS ? VORDEC_OK : gpu_fail(&session->gpu, result, call, error);
}

void rollout_record_destroy(struct vordec_backend_rollout *rollout) {
  struct vordec_session *session = rollout->session;
  const struct vk_table *vk = &session->gpu.vk;
  if (rollout->commands[0]) {
    vk->FreeCommandBuffers(session->gpu.device, session->commands, ROLLOUT_COMMANDS, rollout->commands);
  }
  if (rollout->queries) vk->DestroyQueryPool(session->gpu.device, rollout->queries, NULL);
  if (rollout->sets) vk->DestroyDescriptorPool(session->gpu.device, rollout->sets, NULL);
}
