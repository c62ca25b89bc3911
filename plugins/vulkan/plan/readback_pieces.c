/* SPDX-License-Identifier: MIT */
#include "readback_pieces.h"

#include "core/base/copy_crew.h"
#include "gpu/debug.h"
#include "gpu/vulkan_host.h"
#include "readback.h"
#include "segment_commands.h"

#define PIECE_BYTES (8ull << 20) /* 0.16 ms on a link of 51 GB/s */
#define PIECES_MAX 64ull         /* the most pieces of a field; larger fields have larger pieces */
#define ALL_FIELDS ((uint32_t)VORDEC_OMEGA_LP | (uint32_t)VORDEC_MASK | (uint32_t)VORDEC_OMEGA_HAT)

/* ---- recording ---- */

/* Chooses the size of pieces. 0: the field comes whole. */
static uint64_t choose_size(const struct vordec_plan *plan, const struct readback_field *field) {
  const struct buffer *stopover = &plan->buffers[field->stopover];
  const uint64_t each = (stopover->size / PIECES_MAX + 65535) / 65536 * 65536;
  /* The memory has to be coherent, since nothing but a wait may fail once pieces are on their way. */
  if (!stopover->mapped || !stopover->coherent || field->state_bytes != field->pitch) return 0;
  if (!plan->buffers[PLAN_NOT_FINITE_READBACK].coherent) return 0;
  if (stopover->size < 2 * PIECE_BYTES) return 0;
  return each > PIECE_BYTES ? each : PIECE_BYTES;
}

static uint32_t count_pieces(const struct vordec_plan *plan, const struct readback_field *field) {
  const uint64_t size = choose_size(plan, field);
  return size ? (uint32_t)((plan->buffers[field->stopover].size + size - 1) / size) : 0;
}

/* Begins another command buffer of the segment: *segment becomes a copy of the segment with this one in place of its
 * own. */
static VkResult begin(const struct vordec_plan *plan, struct segment *segment, const char *label, const char **call) {
  const struct gpu *gpu = &plan->session->gpu;
  const VkCommandBufferAllocateInfo allocate = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                                .commandPool = segment->pool,
                                                .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                                .commandBufferCount = 1};
  const VkCommandBufferBeginInfo info = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
  segment->commands = VK_NULL_HANDLE;
  segment->marks = 0;
  *call = "vkAllocateCommandBuffers";
  VkResult result = gpu->vk.AllocateCommandBuffers(gpu->device, &allocate, &segment->commands);
  if (result != VK_SUCCESS) {
    segment->commands = VK_NULL_HANDLE;
    return result;
  }
  debug_name(&gpu->vk, gpu->device, VK_OBJECT_TYPE_COMMAND_BUFFER, (uint64_t)(uintptr_t)segment->commands, label);
  *call = "vkBeginCommandBuffer";
  result = gpu->vk.BeginCommandBuffer(segment->commands, &info);
  if (result == VK_SUCCESS) debug_begin(&gpu->vk, segment->commands, label);
  return result;
}

static VkResult record_piece(struct vordec_plan *plan, const struct readback_field *field, struct readback_piece *piece,
                             const char **call) {
  const enum plan_segment id = readback_segment(field->output);
  const VkBufferCopy region = {.srcOffset = piece->at, .dstOffset = piece->at, .size = piece->bytes};
  struct segment like = plan->segments[id];
  VkResult result = begin(plan, &like, "readback of a piece", call);
  piece->commands = like.commands;
  if (result != VK_SUCCESS) return result;
  segment_barrier(plan, &like, false);
  if (piece->at == 0) segment_mark(plan, &like, VORDEC_STAGE_COUNT);
  plan->session->gpu.vk.CmdCopyBuffer(like.commands, plan->buffers[field->device].handle,
                                      plan->buffers[field->stopover].handle, 1, &region);
  segment_barrier(plan, &like, true);
  *call = "vkEndCommandBuffer";
  return segment_end(plan, &like);
}

/* Records the last time mark of the field. */
static VkResult record_closing(struct vordec_plan *plan, enum vordec_output output, VkCommandBuffer *closing,
                               const char **call) {
  const enum plan_segment id = readback_segment(output);
  struct segment like = plan->segments[id];
  VkResult result = begin(plan, &like, "readback of a piece", call);
  *closing = like.commands;
  if (result != VK_SUCCESS) return result;
  like.marks = 1;
  segment_mark(plan, &like, VORDEC_STAGE_READBACK);
  *call = "vkEndCommandBuffer";
  return segment_end(plan, &like);
}

static VkResult record_field(struct vordec_plan *plan, const struct readback_field *field, const char **call) {
  const uint64_t size = choose_size(plan, field), all = plan->buffers[field->stopover].size;
  const VkFenceCreateInfo fence = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
  const struct gpu *gpu = &plan->session->gpu;
  struct plan_pieces *pieces = &plan->pieces;
  if (size == 0) return VK_SUCCESS;
  for (uint64_t at = 0; at < all; at += size) {
    struct readback_piece *piece = &pieces->list[pieces->count];
    VkFence *own = &pieces->fences[pieces->count++];
    *piece = (struct readback_piece){.output = field->output, .at = at, .bytes = size < all - at ? size : all - at};
    *call = "vkCreateFence";
    VkResult result = gpu->vk.CreateFence(gpu->device, &fence, NULL, own);
    if (result != VK_SUCCESS) *own = VK_NULL_HANDLE;
    if (result == VK_SUCCESS) result = record_piece(plan, field, piece, call);
    if (result != VK_SUCCESS) return result;
  }
  return record_closing(plan, field->output, &pieces->closing[readback_segment(field->output) - SEGMENT_READ_LP], call);
}

enum vordec_status readback_pieces_record(struct vordec_plan *plan, struct vordec_error *error) {
  struct readback_field fields[READBACK_FIELDS_MAX];
  const uint32_t count = plan->sharing.on ? 0 : readback_fields(plan, plan->desc.outputs & ALL_FIELDS, fields);
  const struct vordec_host *host = plan->session->gpu.host;
  struct plan_pieces *pieces = &plan->pieces;
  uint32_t all = 0;
  for (uint32_t i = 0; i < count; i++) all += count_pieces(plan, &fields[i]);
  if (all == 0) return VORDEC_OK;
  pieces->list = host_alloc(host, all, sizeof *pieces->list);
  pieces->fences = host_alloc(host, all, sizeof *pieces->fences);
  if (!pieces->list || !pieces->fences) return host_no_memory(error, "the pieces of fields");
  for (uint32_t i = 0; i < count; i++) {
    const char *call = NULL;
    const VkResult result = record_field(plan, &fields[i], &call);
    if (result != VK_SUCCESS) return gpu_fail(&plan->session->gpu, result, call, error);
  }
  return VORDEC_OK;
}

void readback_pieces_free(struct vordec_plan *plan) {
  const struct gpu *gpu = &plan->session->gpu;
  struct plan_pieces *pieces = &plan->pieces;
  for (uint32_t i = 0; i < pieces->count; i++) {
    const struct readback_piece *piece = &pieces->list[i];
    VkCommandPool pool = plan->segments[readback_segment(piece->output)].pool;
    if (piece->commands) gpu->vk.FreeCommandBuffers(gpu->device, pool, 1, &piece->commands);
    if (pieces->fences[i]) gpu->vk.DestroyFence(gpu->device, pieces->fences[i], NULL);
  }
  for (uint32_t i = 0; i < 3; i++) {
    VkCommandPool pool = plan->segments[SEGMENT_READ_LP + i].pool;
    if (pieces->closing[i]) gpu->vk.FreeCommandBuffers(gpu->device, pool, 1, &pieces->closing[i]);
  }
  host_free(gpu->host, pieces->list);
  host_free(gpu->host, pieces->fences);
  *pieces = (struct plan_pieces){0};
}

/* ---- a chunk ---- */

uint32_t readback_pieces_fit(const struct vordec_plan *plan) {
  const struct pending_job *pending = &plan->pending;
  uint32_t fit = 0;
  for (uint32_t i = 0; i < plan->pieces.count; i++) fit |= (uint32_t)plan->pieces.list[i].output;
  return fit & pending->job.outputs & ~pending->lent;
}

bool readback_pieces_replace(const struct vordec_plan *plan, enum plan_segment id) {
  switch ((int)id) {
  case SEGMENT_READ_LP:
    return plan->pending.pieced & (uint32_t)VORDEC_OMEGA_LP;
  case SEGMENT_READ_MASK:
    return plan->pending.pieced & (uint32_t)VORDEC_MASK;
  case SEGMENT_READ_HAT:
    return plan->pending.pieced & (uint32_t)VORDEC_OMEGA_HAT;
  }
  return false;
}

/* Returns how many bytes of a piece the states of the pending chunk fill, and says whether it is the last piece of the
 * field that they fill at all. */
static uint64_t filled(const struct vordec_plan *plan, const struct readback_piece *piece, bool *last) {
  struct readback_field field;
  *last = false;
  if (!(plan->pending.pieced & (uint32_t)piece->output)) return 0;
  readback_fields(plan, (uint32_t)piece->output, &field);
  const uint64_t all = plan->pending.count * field.state_bytes;
  if (piece->at >= all) return 0;
  *last = all - piece->at <= piece->bytes;
  return *last ? all - piece->at : piece->bytes;
}

/* Gives up what was started, for which nobody waits any more. A semaphore that was signalled and that nobody has waited
 * for cannot be used again. */
static VkResult give_up(struct vordec_plan *plan, VkResult result, bool taken) {
  const struct gpu *gpu = &plan->session->gpu;
  gpu->vk.DeviceWaitIdle(gpu->device);
  if (taken || !plan->computed) return result;
  gpu->vk.DestroySemaphore(gpu->device, plan->computed, NULL);
  plan->computed = VK_NULL_HANDLE;
  return result;
}

VkResult readback_pieces_start(struct vordec_plan *plan, const struct submission *computes,
                               const struct submission *rest, const char **call) {
  const struct vordec_session *session = plan->session;
  const struct vk_table *vk = &session->gpu.vk;
  struct submission first = *computes;
  *call = "vkCreateSemaphore";
  VkResult result = VK_SUCCESS;
  if (plan->copies_apart && !plan->computed) result = session_make_semaphore(session, &plan->computed);
  if (result != VK_SUCCESS) return result;
  *call = "vkResetFences";
  result = vk->ResetFences(session->gpu.device, plan->pieces.count, plan->pieces.fences);
  if (result != VK_SUCCESS) return result;
  *call = "vkQueueSubmit";
  first.fence = VK_NULL_HANDLE;
  first.signal = plan->copies_apart ? plan->computed : VK_NULL_HANDLE;
  result = session_start(session, &first);
  if (result != VK_SUCCESS) return result;
  VkSemaphore wait = first.signal;
  for (uint32_t i = 0; i < plan->pieces.count; i++) {
    const struct readback_piece *piece = &plan->pieces.list[i];
    bool last = false;
    if (filled(plan, piece, &last) == 0) continue;
    const VkCommandBuffer commands[] = {piece->commands,
                                        plan->pieces.closing[readback_segment(piece->output) - SEGMENT_READ_LP]};
    const struct submission copies = {.queue = rest->queue,
                                      .commands = commands,
                                      .count = last ? 2 : 1,
                                      .wait = wait,
                                      .fence = plan->pieces.fences[i]};
    result = session_start(session, &copies);
    if (result != VK_SUCCESS) return give_up(plan, result, !wait);
    wait = VK_NULL_HANDLE;
  }
  result = session_start(session, rest);
  return result == VK_SUCCESS ? result : give_up(plan, result, true);
}

static bool states_are_wrong(const struct vordec_plan *plan) {
  return plan->pending.job.rollout && *(const uint32_t *)plan->buffers[PLAN_NOT_FINITE_READBACK].mapped != 0;
}

enum vordec_status readback_pieces_finish(struct vordec_plan *plan, struct vordec_error *error) {
  struct readback_field field;
  struct copy_crew crew;
  enum vordec_status status = VORDEC_OK;
  bool first = true, last = false;
  if (plan->pending.pieced == 0) return VORDEC_OK;
  copy_crew_start(&crew, plan->session->copy_threads - 1);
  for (uint32_t i = 0; i < plan->pieces.count; i++) {
    const struct readback_piece *piece = &plan->pieces.list[i];
    const uint64_t bytes = filled(plan, piece, &last);
    if (bytes == 0) continue;
    status = session_await(plan->session, plan->pieces.fences[i], error);
    if (status) break;
    if (first) plan->pending.computed_ms = host_ms(plan->session->gpu.host);
    if (first && states_are_wrong(plan)) break;
    first = false;
    readback_fields(plan, (uint32_t)piece->output, &field);
    copy_crew_add(&crew, field.host + piece->at, (const char *)plan->buffers[field.stopover].mapped + piece->at, bytes);
  }
  copy_crew_finish(&crew);
  return status;
}
