/* SPDX-License-Identifier: MIT */
#include "record.h"

#include "gpu/grid_part.h"
#include "gpu/vk_result.h"
#include "segment_commands.h"

static void note(struct recorder *recorder, VkResult result, const char *call) {
  if (result == VK_SUCCESS || recorder->result != VK_SUCCESS) return;
  recorder->result = result;
  recorder->call = call;
}

static const struct vk_table *table_of(const struct recorder *recorder) {
  return &recorder->plan->session->gpu.vk;
}

/* Whether anything can be recorded now. Between two pieces of paced work there is no command buffer for a barrier or a
 * mark, and no need for one. */
static bool records(const struct recorder *recorder) {
  return recorder->result == VK_SUCCESS && !(recorder->pacing && !recorder->pacing->open);
}

static void barrier(const struct recorder *recorder, bool host) {
  if (records(recorder)) segment_barrier(recorder->plan, recorder->segment, host);
}

struct recorder record_begin(struct vordec_plan *plan, enum plan_segment id, const char *label) {
  struct recorder recorder = {.plan = plan, .segment = &plan->segments[id], .result = VK_SUCCESS};
  const char *call = NULL;
  const VkResult begun = segment_begin(plan, id, label, &call);
  recorder.segment->first_set = plan->bound_count;
  recorder.segment->units = 1;
  note(&recorder, begun, call);
  return recorder;
}

struct recorder record_begin_paced(struct pacing *pacing) {
  struct vordec_plan *plan = pacing->plan;
  return (struct recorder){.plan = plan,
                           .segment = &plan->segments[SEGMENT_PACED],
                           .result = VK_SUCCESS,
                           .pacing = pacing,
                           .sets =
                               pacing->id < SEGMENT_COUNT ? &plan->bound[plan->segments[pacing->id].first_set] : NULL};
}

enum vordec_status record_end(struct recorder *recorder, struct vordec_error *error) {
  struct vordec_plan *plan = recorder->plan;
  if (recorder->pacing) {
    const enum vordec_status status = pacing_end(recorder->pacing);
    if (status || recorder->result == VK_SUCCESS || recorder->pacing->stopped) return status;
  } else if (recorder->result == VK_SUCCESS) {
    recorder->segment->operations = recorder->operation;
    note(recorder, segment_end(plan, recorder->segment), "vkEndCommandBuffer");
  }
  if (recorder->result == VK_SUCCESS) return VORDEC_OK;
  return gpu_fail(&plan->session->gpu, recorder->result, recorder->call, error);
}

VkDescriptorSet record_bind(struct recorder *recorder, enum kernel kernel, const enum plan_buffer *buffers) {
  struct vordec_plan *plan = recorder->plan;
  VkDescriptorSet set = VK_NULL_HANDLE;
  VkBuffer handles[KERNEL_BUFFERS_MAX];
  if (recorder->result != VK_SUCCESS) return set;
  if (recorder->sets) return *recorder->sets++;
  for (uint32_t i = 0; i < kernel_sources[kernel].buffers; i++) handles[i] = plan->buffers[buffers[i]].handle;
  const VkResult result = plan->bound_count < PLAN_SETS_MAX
                              ? kernels_bind(&plan->session->kernels, plan->sets, kernel, handles, &set)
                              : VK_ERROR_OUT_OF_POOL_MEMORY;
  note(recorder, result, "vkAllocateDescriptorSets");
  if (result == VK_SUCCESS) plan->bound[plan->bound_count++] = set;
  return set;
}

/* ---- operations, whole or cut ---- */

/* Returns how many of the `left` units of an operation may be recorded now; 0: something has failed. */
static uint64_t room(struct recorder *recorder, uint64_t all, uint64_t left, double cells) {
  if (!recorder->pacing) {
    if (recorder->segment->cells < cells * (double)all) recorder->segment->cells = cells * (double)all;
    return left;
  }
  const uint64_t fits = pacing_room(recorder->pacing, recorder->operation, all, left, cells);
  if (fits == 0) recorder->result = VK_ERROR_UNKNOWN; /* pacing_end() says which failure it was, if it was one */
  return fits;
}

static void noted(struct recorder *recorder, uint64_t units, bool cut) {
  if (recorder->pacing) pacing_note(recorder->pacing, recorder->operation, units, cut);
}

/* Whether enough has been recorded. The trial of copies is their first piece. */
static bool enough(const struct recorder *recorder) {
  return recorder->result != VK_SUCCESS || (recorder->pacing && recorder->pacing->states > 0);
}

static void dispatch_part(const struct recorder *recorder, struct grid grid, uint64_t at, uint64_t count) {
  const struct vk_table *vk = table_of(recorder);
  VkCommandBuffer commands = recorder->segment->commands;
  for (const uint64_t end = at + count; at < end;) {
    const struct grid_part part = grid_part_at(grid, at, end - at);
    const struct grid base = part.base, size = part.size;
    if (base.x == 0 && base.y == 0 && base.z == 0) {
      vk->CmdDispatch(commands, size.x, size.y, size.z);
    } else {
      vk->CmdDispatchBase(commands, base.x, base.y, base.z, size.x, size.y, size.z);
    }
    recorder->segment->dispatches++;
    at += grid_count(size);
  }
}

static struct grid grid_of(const struct recorder *recorder, struct workgroups groups) {
  const uint32_t trial = recorder->pacing ? recorder->pacing->states : 0;
  if (recorder->sample) return (struct grid){1, 1, 1};
  return (struct grid){groups.x, groups.y, trial ? trial : recorder->plan->chunk};
}

/* What a dispatch consists of, apart from its grid. */
struct kernel_call {
  enum kernel kernel;
  VkPipeline pipeline;
  VkDescriptorSet set;
  const void *push;
  double cells; /* how many cells a workgroup counts as */
};

static void begin_dispatch(const struct recorder *recorder, const struct kernel_call *call) {
  VkPipelineLayout layout = recorder->plan->session->kernels.layouts[call->kernel];
  const struct vk_table *vk = table_of(recorder);
  VkCommandBuffer commands = recorder->segment->commands;
  vk->CmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, call->pipeline);
  vk->CmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &call->set, 0, NULL);
  if (!call->push) return;
  vk->CmdPushConstants(commands, layout, VK_SHADER_STAGE_COMPUTE_BIT, 0, kernel_sources[call->kernel].push_bytes,
                       call->push);
}

static void dispatch(struct recorder *recorder, const struct kernel_call *call, struct workgroups groups) {
  const struct grid grid = grid_of(recorder, groups);
  const uint64_t all = (uint64_t)groups.x * groups.y * recorder->plan->chunk, count = grid_count(grid);
  for (uint64_t done = 0; done < count && recorder->result == VK_SUCCESS;) {
    const uint64_t now = room(recorder, all, count - done, call->cells);
    if (now == 0) return;
    begin_dispatch(recorder, call);
    dispatch_part(recorder, grid, done, now);
    done += now;
    noted(recorder, now, done < count);
  }
  recorder->operation++;
  if (!recorder->overlap) record_barrier(recorder);
}

void record_dispatch_in(struct recorder *recorder, enum kernel kernel, enum vordec_precision precision,
                        VkDescriptorSet set, const void *push, uint32_t threads) {
  if (threads == 0) return;
  const uint32_t groups = (threads - 1) / VORDEC_WORKGROUP + 1;
  const uint32_t x = groups < VORDEC_GRID_X ? groups : VORDEC_GRID_X;
  const struct kernel_call call = {.kernel = kernel,
                                   .pipeline = recorder->plan->session->kernels.pipelines[precision][kernel],
                                   .set = set,
                                   .push = push,
                                   .cells = VORDEC_WORKGROUP};
  dispatch(recorder, &call, (struct workgroups){x, (groups - 1) / x + 1});
}

void record_dispatch(struct recorder *recorder, enum kernel kernel, VkDescriptorSet set, const void *push,
                     uint32_t threads) {
  record_dispatch_in(recorder, kernel, recorder->plan->desc.precision, set, push, threads);
}

void record_pipeline(struct recorder *recorder, enum kernel kernel, VkPipeline pipeline,
                     const enum plan_buffer *buffers, const void *push, struct workgroups groups) {
  record_pipeline_in(recorder, kernel, pipeline, record_bind(recorder, kernel, buffers), push, groups);
}

void record_pipeline_in(struct recorder *recorder, enum kernel kernel, VkPipeline pipeline, VkDescriptorSet set,
                        const void *push, struct workgroups groups) {
  const struct kernel_call call = {.kernel = kernel,
                                   .pipeline = pipeline,
                                   .set = set,
                                   .push = push,
                                   .cells = (double)recorder->plan->cells / ((double)groups.x * groups.y)};
  dispatch(recorder, &call, groups);
}

void record_kernel(struct recorder *recorder, enum kernel kernel, const enum plan_buffer *buffers, const void *push,
                   uint32_t threads) {
  record_dispatch(recorder, kernel, record_bind(recorder, kernel, buffers), push, threads);
}

/* ---- copies ---- */

#define BLOCK_BYTES (1ull << 16)                /* copies are divided into blocks of this size */
#define BLOCK_CELLS ((double)BLOCK_BYTES / 4.0) /* how many cells a block counts as */

static void copy(struct recorder *recorder, VkBuffer from, VkBuffer to, VkBufferCopy region) {
  const uint64_t all = (region.size + BLOCK_BYTES - 1) / BLOCK_BYTES;
  for (uint64_t done = 0; done < all && recorder->result == VK_SUCCESS;) {
    const uint64_t now = room(recorder, all, all - done, BLOCK_CELLS), at = done * BLOCK_BYTES;
    if (now == 0) return;
    const uint64_t left = region.size - at, bytes = now * BLOCK_BYTES;
    const VkBufferCopy part = {
        .srcOffset = region.srcOffset + at, .dstOffset = region.dstOffset + at, .size = bytes < left ? bytes : left};
    table_of(recorder)->CmdCopyBuffer(recorder->segment->commands, from, to, 1, &part);
    barrier(recorder, true);
    done += now;
    noted(recorder, now, done < all);
    if (enough(recorder)) break;
  }
  recorder->operation++;
}

void record_copy(struct recorder *recorder, enum plan_buffer from, enum plan_buffer to) {
  const struct buffer *source = &recorder->plan->buffers[from], *target = &recorder->plan->buffers[to];
  if (recorder->result != VK_SUCCESS || !source->handle) return;
  copy(recorder, source->handle, target->handle,
       (VkBufferCopy){.size = source->size < target->size ? source->size : target->size});
}

void record_copy_out(struct recorder *recorder, enum plan_buffer from, uint64_t at, VkBuffer to, uint64_t offset,
                     uint64_t bytes) {
  copy(recorder, recorder->plan->buffers[from].handle, to,
       (VkBufferCopy){.srcOffset = at, .dstOffset = offset, .size = bytes});
}

void record_zero(struct recorder *recorder, enum plan_buffer id) {
  const struct buffer *buffer = &recorder->plan->buffers[id];
  const uint64_t all = (buffer->size + BLOCK_BYTES - 1) / BLOCK_BYTES;
  for (uint64_t done = 0; done < all && recorder->result == VK_SUCCESS;) {
    const uint64_t now = room(recorder, all, all - done, BLOCK_CELLS);
    if (now == 0) return;
    table_of(recorder)->CmdFillBuffer(recorder->segment->commands, buffer->handle, done * BLOCK_BYTES,
                                      done + now < all ? now * BLOCK_BYTES : VK_WHOLE_SIZE, 0);
    record_barrier(recorder);
    done += now;
    noted(recorder, now, done < all);
    if (enough(recorder)) break;
  }
  recorder->operation++;
}

/* ---- what others record ---- */

VkCommandBuffer record_foreign(struct recorder *recorder) {
  const double cells = (double)recorder->plan->cells * recorder->plan->chunk;
  if (recorder->result != VK_SUCCESS || room(recorder, 1, 1, cells) == 0) return VK_NULL_HANDLE;
  return recorder->segment->commands;
}

bool record_foreign_dispatch(struct recorder *recorder) {
  const uint32_t before = recorder->pacing ? recorder->pacing->pieces : 0;
  recorder->segment->dispatches++;
  if (recorder->result == VK_SUCCESS) noted(recorder, 1, false);
  recorder->operation++;
  return record_foreign(recorder) && recorder->pacing && recorder->pacing->pieces != before;
}

void record_barrier(struct recorder *recorder) {
  barrier(recorder, false);
}

void record_mark(struct recorder *recorder, enum vordec_stage stage) {
  if (recorder->result != VK_SUCCESS) return;
  if (recorder->pacing) {
    pacing_mark(recorder->pacing, stage);
  } else {
    segment_mark(recorder->plan, recorder->segment, stage);
  }
}
