#include "record.h"

#include "gpu/vk_result.h"
#include "rollout/state_handover.h"

#define GRID_X_MAX 32768u /* workgroups along x; the rest goes along y */

static void note(struct recorder *recorder, VkResult result, const char *call) {
  if (result == VK_SUCCESS || recorder->result != VK_SUCCESS) return;
  recorder->result = result;
  recorder->call = call;
}

static const struct vk_table *table_of(const struct recorder *recorder) {
  return &recorder->plan->session->gpu.vk;
}

static const struct buffer *buffer_of(const struct vordec_plan *plan, enum plan_buffer id) {
  return id == PLAN_ROLLOUT_STATE ? &plan->handover->buffer : &plan->buffers[id];
}

/* Makes what was written so far seen by whatever follows; by the host, too, where it came from a copy. */
static void barrier(struct recorder *recorder, bool host) {
  if (recorder->result != VK_SUCCESS) return;
  const bool computes = !recorder->segment->on_copy_queue;
  const VkPipelineStageFlags work =
      VK_PIPELINE_STAGE_TRANSFER_BIT | (computes ? VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT : 0u);
  const VkAccessFlags shader_read = computes ? VK_ACCESS_SHADER_READ_BIT : 0u;
  const VkAccessFlags shader_write = computes ? VK_ACCESS_SHADER_WRITE_BIT : 0u;
  const VkMemoryBarrier memory = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
                                  .srcAccessMask = shader_write | VK_ACCESS_TRANSFER_WRITE_BIT,
                                  .dstAccessMask = shader_read | shader_write | VK_ACCESS_TRANSFER_READ_BIT |
                                                   VK_ACCESS_TRANSFER_WRITE_BIT |
                                                   (host ? VK_ACCESS_HOST_READ_BIT : 0u)};
  table_of(recorder)->CmdPipelineBarrier(recorder->segment->commands, work,
                                         work | (host ? VK_PIPELINE_STAGE_HOST_BIT : 0u), 0, 1, &memory, 0, NULL, 0,
                                         NULL);
}

/* Its time marks and all that follow are written anew. */
static bool begins_submission(enum plan_segment id) {
  return id == SEGMENT_UPLOAD || id == SEGMENT_UNPACK || id == SEGMENT_WARM_UP;
}

static bool reads_back(enum plan_segment id) {
  return id >= SEGMENT_READ_LP && id <= SEGMENT_READ_LENT;
}

/* Takes the segment back to where nothing is recorded; its command buffer stays, if it has one. */
static VkResult empty_segment(const struct vordec_plan *plan, enum plan_segment id, struct segment *segment,
                              const char **call) {
  const struct vordec_session *session = plan->session;
  VkCommandBuffer commands = segment->commands;
  const bool apart = reads_back(id) && plan->copies_apart;
  *segment = (struct segment){.commands = commands,
                              .pool = apart ? session->copy_commands : session->commands,
                              .on_copy_queue = apart,
                              .first_query = (uint32_t)id * PLAN_MARKS_MAX};
  *call = "vkResetCommandBuffer";
  if (commands) return session->gpu.vk.ResetCommandBuffer(commands, 0);
  *call = "vkAllocateCommandBuffers";
  const VkCommandBufferAllocateInfo allocate = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                                .commandPool = segment->pool,
                                                .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                                .commandBufferCount = 1};
  const VkResult result = session->gpu.vk.AllocateCommandBuffers(session->gpu.device, &allocate, &segment->commands);
  if (result != VK_SUCCESS) segment->commands = VK_NULL_HANDLE;
  return result;
}

struct recorder record_begin(struct vordec_plan *plan, enum plan_segment id, const char *label) {
  struct vordec_session *session = plan->session;
  const struct vk_table *vk = &session->gpu.vk;
  struct recorder recorder = {.plan = plan, .segment = &plan->segments[id], .result = VK_SUCCESS};
  struct segment *segment = recorder.segment;
  const char *call = NULL;
  const VkResult emptied = empty_segment(plan, id, segment, &call);
  note(&recorder, emptied, call);
  if (recorder.result != VK_SUCCESS) return recorder;
  debug_name(vk, session->gpu.device, VK_OBJECT_TYPE_COMMAND_BUFFER, (uint64_t)(uintptr_t)segment->commands, label);
  const VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
  note(&recorder, vk->BeginCommandBuffer(segment->commands, &begin), "vkBeginCommandBuffer");
  if (recorder.result != VK_SUCCESS) return recorder;
  debug_begin(vk, segment->commands, label);
  if (begins_submission(id) && plan->queries) {
    vk->CmdResetQueryPool(segment->commands, plan->queries, 0, SEGMENT_COUNT * PLAN_MARKS_MAX);
  }
  record_barrier(&recorder);
  record_mark(&recorder, VORDEC_STAGE_COUNT);
  return recorder;
}

enum vordec_status record_end(struct recorder *recorder, struct vordec_error *error) {
  struct vordec_session *session = recorder->plan->session;
  struct segment *segment = recorder->segment;
  if (recorder->result == VK_SUCCESS) {
    debug_end(&session->gpu.vk, segment->commands);
    note(recorder, session->gpu.vk.EndCommandBuffer(segment->commands), "vkEndCommandBuffer");
  }
  if (recorder->result == VK_SUCCESS) return VORDEC_OK;
  return gpu_fail(&session->gpu, recorder->result, recorder->call, error);
}

VkDescriptorSet record_bind(struct recorder *recorder, enum kernel kernel, const enum plan_buffer *buffers) {
  const struct vordec_plan *plan = recorder->plan;
  VkDescriptorSet set = VK_NULL_HANDLE;
  VkBuffer handles[KERNEL_BUFFERS_MAX];
  if (recorder->result != VK_SUCCESS) return set;
  for (uint32_t i = 0; i < kernel_sources[kernel].buffers; i++) handles[i] = buffer_of(plan, buffers[i])->handle;
  const VkResult result = kernels_bind(&plan->session->kernels, plan->sets, kernel, handles, &set);
  note(recorder, result, "vkAllocateDescriptorSets");
  return set;
}

static void dispatch(struct recorder *recorder, enum kernel kernel, VkPipeline pipeline, VkDescriptorSet set,
                     const void *push, struct workgroups groups) {
  if (recorder->result != VK_SUCCESS) return;
  const struct vordec_plan *plan = recorder->plan;
  VkPipelineLayout layout = plan->session->kernels.layouts[kernel];
  const struct vk_table *vk = table_of(recorder);
  VkCommandBuffer commands = recorder->segment->commands;
  vk->CmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline);
  vk->CmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
  if (push) {
    vk->CmdPushConstants(commands, layout, VK_SHADER_STAGE_COMPUTE_BIT, 0, kernel_sources[kernel].push_bytes, push);
  }
  if (recorder->sample) {
    vk->CmdDispatch(commands, 1, 1, 1);
  } else {
    vk->CmdDispatch(commands, groups.x, groups.y, plan->chunk);
  }
  recorder->segment->dispatches++;
  if (!recorder->overlap) record_barrier(recorder);
}

void record_dispatch(struct recorder *recorder, enum kernel kernel, VkDescriptorSet set, const void *push,
                     uint32_t threads) {
  const struct vordec_plan *plan = recorder->plan;
  if (threads == 0) return;
  const uint32_t groups = (threads - 1) / VORDEC_WORKGROUP + 1;
  const uint32_t x = groups < GRID_X_MAX ? groups : GRID_X_MAX;
  dispatch(recorder, kernel, plan->session->kernels.pipelines[plan->desc.precision][kernel], set, push,
           (struct workgroups){x, (groups - 1) / x + 1});
}

void record_pipeline(struct recorder *recorder, enum kernel kernel, VkPipeline pipeline,
                     const enum plan_buffer *buffers, const void *push, struct workgroups groups) {
  dispatch(recorder, kernel, pipeline, record_bind(recorder, kernel, buffers), push, groups);
}

void record_kernel(struct recorder *recorder, enum kernel kernel, const enum plan_buffer *buffers, const void *push,
                   uint32_t threads) {
  record_dispatch(recorder, kernel, record_bind(recorder, kernel, buffers), push, threads);
}

void record_copy(struct recorder *recorder, enum plan_buffer from, enum plan_buffer to) {
  const struct buffer *source = &recorder->plan->buffers[from], *target = &recorder->plan->buffers[to];
  if (recorder->result != VK_SUCCESS || !source->handle) return;
  const VkBufferCopy region = {.size = source->size < target->size ? source->size : target->size};
  table_of(recorder)->CmdCopyBuffer(recorder->segment->commands, source->handle, target->handle, 1, &region);
  barrier(recorder, true);
}

void record_copy_out(struct recorder *recorder, enum plan_buffer from, uint64_t at, VkBuffer to, uint64_t offset,
                     uint64_t bytes) {
  if (recorder->result != VK_SUCCESS) return;
  const VkBufferCopy region = {.srcOffset = at, .dstOffset = offset, .size = bytes};
  table_of(recorder)->CmdCopyBuffer(recorder->segment->commands, recorder->plan->buffers[from].handle, to, 1, &region);
  barrier(recorder, true);
}

void record_zero(struct recorder *recorder, enum plan_buffer buffer) {
  if (recorder->result != VK_SUCCESS) return;
  table_of(recorder)->CmdFillBuffer(recorder->segment->commands, recorder->plan->buffers[buffer].handle, 0,
                                    VK_WHOLE_SIZE, 0);
  record_barrier(recorder);
}

void record_barrier(struct recorder *recorder) {
  barrier(recorder, false);
}

void record_mark(struct recorder *recorder, enum vordec_stage stage) {
  struct segment *segment = recorder->segment;
  if (recorder->result != VK_SUCCESS || !recorder->plan->queries) return;
  table_of(recorder)->CmdWriteTimestamp(segment->commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT,
                                        recorder->plan->queries, segment->first_query + segment->marks);
  segment->stage[segment->marks++] = stage;
}
