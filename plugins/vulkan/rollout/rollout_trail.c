/* SPDX-License-Identifier: MIT */
#include "rollout_trail.h"

#include "gpu/debug.h"
#include "gpu/transfer.h"
#include "gpu/vk_result.h"
#include "gpu/vulkan_host.h"
#include "rollout_memory.h"

/* Bytes of one row with all states. */
static uint64_t line_bytes(const struct vordec_backend_rollout *rollout) {
  return rollout->states * rollout_row_bytes(rollout);
}

static void release(const struct vordec_backend_rollout *rollout, struct rollout_trail *trail) {
  struct vordec_session *session = rollout->session;
  const struct gpu *gpu = &session->gpu;
  if (trail->keep) gpu->vk.FreeCommandBuffers(gpu->device, session->commands, trail->room, trail->keep);
  host_free(gpu->host, trail->keep);
  buffer_destroy(&session->gpu, &trail->rows);
  *trail = (struct rollout_trail){.room = 0};
}

void rollout_trail_release(struct vordec_backend_rollout *rollout) {
  release(rollout, &rollout->trail);
}

/* ---- making room ---- */

static void barrier(const struct vk_table *vk, VkCommandBuffer commands) {
  const VkPipelineStageFlags work = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT;
  const VkMemoryBarrier memory = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
                                  .srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT,
                                  .dstAccessMask = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT |
                                                   VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_TRANSFER_WRITE_BIT};
  vk->CmdPipelineBarrier(commands, work, work, 0, 1, &memory, 0, NULL, 0, NULL);
}

static VkResult record_row(const struct vordec_backend_rollout *rollout, const struct rollout_trail *trail,
                           uint32_t row, const char **call) {
  const struct gpu *gpu = &rollout->session->gpu;
  const VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
  const VkBufferCopy region = {.dstOffset = row * line_bytes(rollout), .size = line_bytes(rollout)};
  VkCommandBuffer commands = trail->keep[row];
  debug_name(&gpu->vk, gpu->device, VK_OBJECT_TYPE_COMMAND_BUFFER, (uint64_t)(uintptr_t)commands, "rollout row");
  *call = "vkBeginCommandBuffer";
  const VkResult result = gpu->vk.BeginCommandBuffer(commands, &begin);
  if (result != VK_SUCCESS) return result;
  barrier(&gpu->vk, commands);
  gpu->vk.CmdCopyBuffer(commands, rollout->z.handle, trail->rows.handle, 1, &region);
  barrier(&gpu->vk, commands);
  *call = "vkEndCommandBuffer";
  return gpu->vk.EndCommandBuffer(commands);
}

static enum vordec_status record_rows(const struct vordec_backend_rollout *rollout, struct rollout_trail *trail,
                                      struct vordec_error *error) {
  struct vordec_session *session = rollout->session;
  const VkCommandBufferAllocateInfo allocate = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                                .commandPool = session->commands,
                                                .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                                .commandBufferCount = trail->room};
  trail->keep = host_alloc(session->gpu.host, trail->room, sizeof(VkCommandBuffer));
  if (!trail->keep) return host_no_memory(error, "a rollout's rows");
  const char *call = "vkAllocateCommandBuffers";
  VkResult result = session->gpu.vk.AllocateCommandBuffers(session->gpu.device, &allocate, trail->keep);
  if (result != VK_SUCCESS) {
    host_free(session->gpu.host, trail->keep);
    trail->keep = NULL;
  }
  for (uint32_t row = 0; row < trail->room && result == VK_SUCCESS; row++) {
    result = record_row(rollout, trail, row, &call);
  }
  return result == VK_SUCCESS ? VORDEC_OK : gpu_fail(&session->gpu, result, call, error);
}

static enum vordec_status make_rows(struct vordec_backend_rollout *rollout, struct rollout_trail *trail,
                                    struct vordec_error *error) {
  enum vordec_status status = rollout_memory_make_rows(rollout, trail->room * line_bytes(rollout), &trail->rows, error);
  if (!status) status = record_rows(rollout, trail, error);
  if (status) release(rollout, trail);
  return status;
}

enum vordec_status rollout_trail_reserve(struct vordec_backend_rollout *rollout, uint32_t rows,
                                         struct vordec_error *error) {
  struct rollout_trail made = {.room = rows};
  enum vordec_status status = rollout_alive(rollout, error);
  if (!status && rows > rollout->trail.room) status = make_rows(rollout, &made, error);
  if (status) return status;
  if (rows > rollout->trail.room) {
    session_settle(rollout->session); /* a decode may still be copying from the old buffers */
    rollout_trail_release(rollout);
    rollout->trail = made;
  }
  rollout->trail.kept = 0;
  return VORDEC_OK;
}

/* ---- reading ---- */

enum vordec_status rollout_trail_read(struct vordec_backend_rollout *rollout, uint32_t first, uint32_t count, double *z,
                                      struct vordec_error *error) {
  struct vordec_session *session = rollout->session;
  const uint64_t bytes = rollout_row_bytes(rollout);
  enum vordec_status status = rollout_alive(rollout, error);
  for (uint32_t done = 0; done < count && !status; done += rollout->states) {
    const uint32_t left = count - done, now = left < rollout->states ? left : rollout->states;
    const struct rollout_place from = rollout_state_at(rollout, (uint64_t)first + done);
    const struct transfer transfer = {.to = rollout->readback.handle,
                                      .region = {.srcOffset = from.offset, .size = now * bytes}};
    status = transfer_once(session, from.buffer, &transfer, 1, error);
    const VkResult result = status ? VK_SUCCESS : buffer_invalidate(&session->gpu, &rollout->readback);
    if (result != VK_SUCCESS) return gpu_fail(&session->gpu, result, "vkInvalidateMappedMemoryRanges", error);
    if (!status) rollout_memory_widen(rollout, now, z + (size_t)done * rollout->d);
  }
  return status;
}
