/* SPDX-License-Identifier: MIT */
#include "vulkan_simulation_record.h"

#include "push_constants.h"

#include <string.h>

#define NO_STEP 0xffffffffu /* no value that is not finite has been recorded for a member */

/* A pass, and its buffers in the order of their bindings. */
struct pass {
  bool along_y;
  enum kernel kernel;
  uint32_t kind;
  enum simulation_buffer buffers[KERNEL_BUFFERS_MAX];
};

static struct pass columns_pass(bool fused, uint32_t kind, enum simulation_buffer from) {
  return (struct pass){true,
                       fused ? KERNEL_SIMULATE_FUSED_COLUMNS : KERNEL_SIMULATE_COLUMNS,
                       kind,
                       {SIMULATION_ROOTS, from, SIMULATION_BEFORE, SIMULATION_DERIVED, SIMULATION_RECORD}};
}

static struct pass rows_pass(bool fused, uint32_t kind, enum simulation_buffer from, enum simulation_buffer to) {
  return (struct pass){false,
                       fused ? KERNEL_SIMULATE_FUSED_ROWS : KERNEL_SIMULATE_ROWS,
                       kind,
                       {SIMULATION_ROOTS, SIMULATION_FIELD, SIMULATION_REMAINDER, SIMULATION_MIDWAY, from, to,
                        SIMULATION_DERIVED, SIMULATION_RECORD}};
}

static struct pass pass_of(const struct vordec_backend_simulation *simulation, enum simulation_pass id) {
  const bool fused = simulation->way->values > 0;
  const enum simulation_buffer end = simulation_finishes_apart(simulation) ? SIMULATION_PREDICTED : SIMULATION_BEFORE;
  switch (id) {
  case SIMULATION_PASS_FIRST_COLUMNS:
    return columns_pass(fused, VORDEC_SIMULATE_FIRST, SIMULATION_BEFORE);
  case SIMULATION_PASS_FIRST_ROWS:
    return rows_pass(fused, VORDEC_SIMULATE_FIRST, SIMULATION_BEFORE, SIMULATION_PREDICTED);
  case SIMULATION_PASS_SECOND_COLUMNS:
    return columns_pass(fused, VORDEC_SIMULATE_SECOND, SIMULATION_PREDICTED);
  case SIMULATION_PASS_SECOND_ROWS:
    return rows_pass(fused, VORDEC_SIMULATE_SECOND, SIMULATION_PREDICTED, end);
  case SIMULATION_PASS_FINISH:
    return columns_pass(fused, VORDEC_SIMULATE_FINISH, end);
  case SIMULATION_PASS_CLOSE:
    return rows_pass(fused, VORDEC_SIMULATE_CLOSE, end, SIMULATION_BEFORE);
  case SIMULATION_PASS_OPEN:
  case SIMULATION_PASSES:
    break;
  }
  return rows_pass(fused, VORDEC_SIMULATE_OPEN, SIMULATION_PREDICTED, SIMULATION_BEFORE);
}

/* How many passes this simulation has. */
static uint32_t pass_count(const struct vordec_backend_simulation *simulation) {
  return simulation_finishes_apart(simulation) ? SIMULATION_PASSES : SIMULATION_PASS_FINISH;
}

/* ---- making what a pass needs ---- */

static uint32_t flags_of(const struct vordec_simulation_setup *setup) {
  return (setup->filter ? VORDEC_SIMULATE_FILTER : 0) | (setup->dealias ? VORDEC_SIMULATE_DEALIAS : 0) |
         (setup->reference_mean ? VORDEC_SIMULATE_REFERENCE_MEAN : 0);
}

static struct kernel_constants constants_of(const struct vordec_backend_simulation *simulation,
                                            const struct pass *pass) {
  const struct vulkan_simulation_sizes *sizes = &simulation->sizes;
  const struct vulkan_simulation_lines *lines = pass->along_y ? &sizes->columns : &sizes->rows;
  const uint32_t *f = lines->factors;
  const uint32_t flags = (lines->butterflies ? VORDEC_SIMULATE_BUTTERFLIES : 0) |
                         (lines->split ? VORDEC_SIMULATE_SPLIT : 0) | (lines->padded ? VORDEC_SIMULATE_PADDED : 0) |
                         (lines->areas > 1 ? VORDEC_SIMULATE_AREAS : 0) | (sizes->early ? VORDEC_SIMULATE_EARLY : 0) |
                         flags_of(&simulation->setup);
  if (simulation->way->values > 0) {
    return (struct kernel_constants){
        7, {lines->threads, sizes->n_log, sizes->tile_log, sizes->values_log, pass->kind, flags, sizes->columns_log}};
  }
  return (struct kernel_constants){10,
                                   {lines->threads, simulation->setup.n, sizes->tile, lines->values, pass->kind, flags,
                                    f[0] | f[1] << 16, f[2] | f[3] << 16, f[4] | f[5] << 16, f[6] | f[7] << 16}};
}

static enum vordec_status create_pools(struct vordec_backend_simulation *simulation, struct vordec_error *error) {
  struct vordec_session *session = simulation->session;
  const VkDescriptorPoolSize size = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, SIMULATION_PASSES * KERNEL_BUFFERS_MAX};
  const VkDescriptorPoolCreateInfo sets = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
                                           .maxSets = SIMULATION_PASSES,
                                           .poolSizeCount = 1,
                                           .pPoolSizes = &size};
  VkResult result = session->gpu.vk.CreateDescriptorPool(session->gpu.device, &sets, NULL, &simulation->sets);
  if (result != VK_SUCCESS) {
    simulation->sets = VK_NULL_HANDLE;
    return gpu_fail(&session->gpu, result, "vkCreateDescriptorPool", error);
  }
  if (session->gpu.facts.timestamp_bits == 0) return VORDEC_OK;
  const VkQueryPoolCreateInfo queries = {
      .sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO, .queryType = VK_QUERY_TYPE_TIMESTAMP, .queryCount = 2};
  result = session->gpu.vk.CreateQueryPool(session->gpu.device, &queries, NULL, &simulation->queries);
  if (result == VK_SUCCESS) return VORDEC_OK;
  simulation->queries = VK_NULL_HANDLE;
  return gpu_fail(&session->gpu, result, "vkCreateQueryPool", error);
}

static enum vordec_status create_pass(struct vordec_backend_simulation *simulation, enum simulation_pass id,
                                      struct vordec_error *error) {
  struct vordec_session *session = simulation->session;
  const struct pass pass = pass_of(simulation, id);
  const struct kernel_constants constants = constants_of(simulation, &pass);
  const enum vordec_status status = kernels_specialise(&session->kernels, pass.kernel, simulation->setup.precision,
                                                       &constants, &simulation->pipelines[id], error);
  if (status) return status;
  VkBuffer buffers[KERNEL_BUFFERS_MAX];
  for (uint32_t i = 0; i < kernel_sources[pass.kernel].buffers; i++) {
    buffers[i] = simulation->buffers[pass.buffers[i]].handle;
  }
  const VkResult result =
      kernels_bind(&session->kernels, simulation->sets, pass.kernel, buffers, &simulation->pass_sets[id]);
  return result == VK_SUCCESS ? VORDEC_OK : gpu_fail(&session->gpu, result, "vkAllocateDescriptorSets", error);
}

/* ---- recording ---- */

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

/* A barrier between two passes. It is for compute alone, which is the least that a device can be asked to wait for. */
static void pass_barrier(const struct vk_table *vk, VkCommandBuffer commands) {
  const VkPipelineStageFlags compute = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT;
  const VkMemoryBarrier barrier = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
                                   .srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT,
                                   .dstAccessMask = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT};
  vk->CmdPipelineBarrier(commands, compute, compute, 0, 1, &barrier, 0, NULL, 0, NULL);
}

static void put_real(const struct vordec_backend_simulation *simulation, double value, uint32_t *lo, uint32_t *hi) {
  if (simulation->setup.precision == VORDEC_FP64) {
    uint32_t words[2];
    memcpy(words, &value, sizeof words);
    *lo = words[0];
    *hi = words[1];
    return;
  }
  const float single = (float)value;
  memcpy(lo, &single, sizeof single);
  *hi = 0;
}

static struct simulate_rows_push rows_push(const struct vordec_backend_simulation *simulation) {
  const struct vordec_simulation_setup *setup = &simulation->setup;
  const double length = setup->cs * 6.283185307179586476925 / setup->n;
  struct simulate_rows_push push = {.members = setup->members};
  put_real(simulation, setup->dt, &push.dt_lo, &push.dt_hi);
  put_real(simulation, setup->nu0, &push.nu0_lo, &push.nu0_hi);
  put_real(simulation, length * length, &push.eddy_lo, &push.eddy_hi);
  return push;
}

static void record_pass(const struct vordec_backend_simulation *simulation, VkCommandBuffer commands,
                        enum simulation_pass id) {
  const struct vk_table *vk = &simulation->session->gpu.vk;
  const uint32_t members = simulation->setup.members;
  const struct pass pass = pass_of(simulation, id);
  const uint32_t shares = pass.kind == VORDEC_SIMULATE_FINISH ? 1 : simulation->sizes.shares;
  const uint32_t y = members < VORDEC_SIMULATE_MEMBERS_Y ? members : VORDEC_SIMULATE_MEMBERS_Y;
  const struct simulate_columns_push columns = {.members = members, .shares = shares};
  const struct simulate_rows_push rows = rows_push(simulation);
  VkPipelineLayout layout = simulation->session->kernels.layouts[pass.kernel];
  vk->CmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, simulation->pipelines[id]);
  vk->CmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &simulation->pass_sets[id], 0,
                            NULL);
  vk->CmdPushConstants(commands, layout, VK_SHADER_STAGE_COMPUTE_BIT, 0, kernel_sources[pass.kernel].push_bytes,
                       pass.along_y ? (const void *)&columns : (const void *)&rows);
  vk->CmdDispatch(commands, pass.along_y ? simulation->sizes.groups * shares : (simulation->setup.n + 1) / 2, y,
                  (members + y - 1) / y);
  pass_barrier(vk, commands);
}

static void record_steps(const struct vordec_backend_simulation *simulation, VkCommandBuffer commands, uint32_t steps) {
  for (uint32_t i = 0; i < steps; i++) {
    for (uint32_t id = SIMULATION_PASS_FIRST_COLUMNS; id < pass_count(simulation); id++) {
      record_pass(simulation, commands, (enum simulation_pass)id);
    }
  }
}

static void mark(const struct vordec_backend_simulation *simulation, VkCommandBuffer commands, uint32_t query) {
  const struct vk_table *vk = &simulation->session->gpu.vk;
  if (!simulation->queries) return;
  if (query == 0) vk->CmdResetQueryPool(commands, simulation->queries, 0, 2);
  vk->CmdWriteTimestamp(commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, simulation->queries, query);
}

static void record_content(const struct vordec_backend_simulation *simulation, VkCommandBuffer commands, uint32_t id) {
  const struct vk_table *vk = &simulation->session->gpu.vk;
  const struct buffer *record = &simulation->buffers[SIMULATION_RECORD];
  const VkBufferCopy whole = {.size = record->size};
  if (id < SIMULATION_OPENING) {
    record_steps(simulation, commands, 1u << (id - SIMULATION_STEPS));
    return;
  }
  if (id >= SIMULATION_PASS) {
    const uint32_t pass = SIMULATION_PASS_FIRST_COLUMNS + id - SIMULATION_PASS;
    if (pass < pass_count(simulation)) record_pass(simulation, commands, (enum simulation_pass)pass);
    return;
  }
  switch (id) {
  case SIMULATION_OPENING:
    full_barrier(vk, commands, false);
    mark(simulation, commands, 0);
    break;
  case SIMULATION_RESET:
    full_barrier(vk, commands, false);
    vk->CmdFillBuffer(commands, record->handle, 0, sizeof(uint32_t), 0);
    vk->CmdFillBuffer(commands, record->handle, sizeof(uint32_t), VK_WHOLE_SIZE, NO_STEP);
    full_barrier(vk, commands, false);
    break;
  case SIMULATION_TRANSFORM:
    record_pass(simulation, commands, SIMULATION_PASS_OPEN);
    break;
  case SIMULATION_CLOSING:
    mark(simulation, commands, 1);
    full_barrier(vk, commands, false);
    vk->CmdCopyBuffer(commands, record->handle, simulation->buffers[SIMULATION_RECORD_READBACK].handle, 1, &whole);
    full_barrier(vk, commands, true);
    break;
  }
}

static VkResult begin(const struct vordec_backend_simulation *simulation, uint32_t id) {
  static const char *const labels[] = {"simulation opening", "simulation reset", "simulation transform",
                                       "simulation closing", "simulation pass",  "simulation copy"};
  const struct vk_table *vk = &simulation->session->gpu.vk;
  VkCommandBuffer commands = simulation->commands[id];
  const uint32_t at = id < SIMULATION_PASS ? id : id < SIMULATION_COPY ? SIMULATION_PASS : SIMULATION_PASS + 1;
  const char *label = id < SIMULATION_OPENING ? "simulation steps" : labels[at - SIMULATION_OPENING];
  /* A submission may contain the longest run of steps more than once. */
  const VkCommandBufferBeginInfo info = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
                                         .flags = VK_COMMAND_BUFFER_USAGE_SIMULTANEOUS_USE_BIT};
  debug_name(vk, simulation->session->gpu.device, VK_OBJECT_TYPE_COMMAND_BUFFER, (uint64_t)(uintptr_t)commands, label);
  const VkResult result = vk->BeginCommandBuffer(commands, &info);
  if (result == VK_SUCCESS) debug_begin(vk, commands, label);
  return result;
}

static VkResult end(const struct vordec_backend_simulation *simulation, uint32_t id) {
  const struct vk_table *vk = &simulation->session->gpu.vk;
  debug_end(vk, simulation->commands[id]);
  return vk->EndCommandBuffer(simulation->commands[id]);
}

static VkResult record_one(const struct vordec_backend_simulation *simulation, uint32_t id, const char **call) {
  *call = "vkBeginCommandBuffer";
  const VkResult result = begin(simulation, id);
  if (result != VK_SUCCESS) return result;
  record_content(simulation, simulation->commands[id], id);
  *call = "vkEndCommandBuffer";
  return end(simulation, id);
}

uint32_t vulkan_simulation_list(const struct vordec_backend_simulation *simulation, struct kernel_wanted *list) {
  const uint32_t count = pass_count(simulation);
  for (uint32_t id = 0; id < count; id++) {
    const struct pass pass = pass_of(simulation, (enum simulation_pass)id);
    list[id] = (struct kernel_wanted){pass.kernel, simulation->setup.precision, constants_of(simulation, &pass)};
  }
  return count;
}

enum vordec_status vulkan_simulation_record(struct vordec_backend_simulation *simulation, struct vordec_error *error) {
  struct vordec_session *session = simulation->session;
  struct kernel_wanted list[SIMULATION_PASSES];
  enum vordec_status status = create_pools(simulation, error);
  if (!status) status = kernels_prepare(&session->kernels, list, vulkan_simulation_list(simulation, list), error);
  for (uint32_t id = 0; id < pass_count(simulation) && !status; id++) {
    status = create_pass(simulation, (enum simulation_pass)id, error);
  }
  if (status) return status;
  const VkCommandBufferAllocateInfo allocate = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                                .commandPool = session->commands,
                                                .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                                .commandBufferCount = SIMULATION_COMMANDS};
  const char *call = "vkAllocateCommandBuffers";
  VkResult result = session->gpu.vk.AllocateCommandBuffers(session->gpu.device, &allocate, simulation->commands);
  if (result != VK_SUCCESS) simulation->commands[0] = NULL;
  for (uint32_t id = 0; id < SIMULATION_COPY && result == VK_SUCCESS; id++) result = record_one(simulation, id, &call);
  return result == VK_SUCCESS ? VORDEC_OK : gpu_fail(&session->gpu, result, call, error);
}

void vulkan_simulation_record_destroy(struct vordec_backend_simulation *simulation) {
  struct vordec_session *session = simulation->session;
  const struct vk_table *vk = &session->gpu.vk;
  if (simulation->commands[0]) {
    vk->FreeCommandBuffers(session->gpu.device, session->commands, SIMULATION_COMMANDS, simulation->commands);
  }
  if (simulation->queries) vk->DestroyQueryPool(session->gpu.device, simulation->queries, NULL);
  if (simulation->sets) vk->DestroyDescriptorPool(session->gpu.device, simulation->sets, NULL);
  for (uint32_t id = 0; id < SIMULATION_PASSES; id++) kernels_release(&session->kernels, simulation->pipelines[id]);
}

/* ---- once ---- */

/* Begins the command buffer anew, whose last use may have failed half-way. */
static VkResult begin_copy(const struct vordec_backend_simulation *simulation, const char **call) {
  *call = "vkResetCommandBuffer";
  const VkResult result = simulation->session->gpu.vk.ResetCommandBuffer(simulation->commands[SIMULATION_COPY], 0);
  if (result != VK_SUCCESS) return result;
  *call = "vkBeginCommandBuffer";
  return begin(simulation, SIMULATION_COPY);
}

static enum vordec_status run_copy(struct vordec_backend_simulation *simulation, VkResult begun, const char *call,
                                   struct vordec_error *error) {
  struct vordec_session *session = simulation->session;
  VkResult result = begun;
  if (result == VK_SUCCESS) {
    full_barrier(&session->gpu.vk, simulation->commands[SIMULATION_COPY], true);
    call = "vkEndCommandBuffer";
    result = end(simulation, SIMULATION_COPY);
  }
  return result == VK_SUCCESS ? session_submit(session, &simulation->commands[SIMULATION_COPY], 1, error)
                              : gpu_fail(&session->gpu, result, call, error);
}

enum vordec_status vulkan_simulation_copy(struct vordec_backend_simulation *simulation, enum simulation_buffer from,
                                          enum simulation_buffer to, const VkBufferCopy *region,
                                          struct vordec_error *error) {
  const struct vk_table *vk = &simulation->session->gpu.vk;
  VkCommandBuffer commands = simulation->commands[SIMULATION_COPY];
  const char *call = NULL;
  const VkResult begun = begin_copy(simulation, &call);
  if (begun == VK_SUCCESS) {
    full_barrier(vk, commands, false);
    vk->CmdCopyBuffer(commands, simulation->buffers[from].handle, simulation->buffers[to].handle, 1, region);
  }
  return run_copy(simulation, begun, call, error);
}

enum vordec_status vulkan_simulation_clear(struct vordec_backend_simulation *simulation, struct vordec_error *error) {
  const struct vk_table *vk = &simulation->session->gpu.vk;
  VkCommandBuffer commands = simulation->commands[SIMULATION_COPY];
  const char *call = NULL;
  const VkResult begun = begin_copy(simulation, &call);
  if (begun == VK_SUCCESS) {
    vk->CmdFillBuffer(commands, simulation->buffers[SIMULATION_FIELD].handle, 0, VK_WHOLE_SIZE, 0);
    vk->CmdFillBuffer(commands, simulation->buffers[SIMULATION_REMAINDER].handle, 0, VK_WHOLE_SIZE, 0);
  }
  return run_copy(simulation, begun, call, error);
}
