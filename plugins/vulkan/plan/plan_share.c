/* SPDX-License-Identifier: MIT */
#include "plan_share.h"

#include <string.h>

#include "gpu/ownership.h"
#include "gpu/sharing.h"
#include "plan_segments.h"
#include "share_layout.h"

enum vordec_status plan_share_semaphore(struct vordec_plan *plan, struct vordec_error *error) {
  struct gpu *gpu = &plan->session->gpu;
  if (!gpu->facts.shares_memory) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE,
                       "the driver of %.200s exports no memory as file descriptors (VK_KHR_external_memory_fd)",
                       gpu->facts.info.name);
  }
  if (!gpu->facts.shares_semaphores) return VORDEC_OK;
  return sharing_semaphore(gpu, &plan->sharing.semaphore, error);
}

enum vordec_status plan_share_begin(struct vordec_plan *plan, const struct vordec_export_setup *setup,
                                    struct vordec_error *error) {
  plan->sharing = (struct plan_sharing){.on = true, .takes_z = setup->takes_z};
  return plan_share_semaphore(plan, error);
}

void plan_share_end(struct vordec_plan *plan) {
  const struct gpu *gpu = &plan->session->gpu;
  VkCommandBuffer *const commands[] = {&plan->sharing.taking, &plan->sharing.giving};
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
    if (*commands[i]) gpu->vk.FreeCommandBuffers(gpu->device, plan->session->commands, 1, commands[i]);
  }
  if (!plan->sharing.semaphore) return;
  gpu->vk.DeviceWaitIdle(gpu->device); /* the last value belongs to a submission that nobody has waited for */
  gpu->vk.DestroySemaphore(gpu->device, plan->sharing.semaphore, NULL);
}

/* ---- who owns the memory ---- */

/* Whether others write the buffer. Everything else that they see is written by the plan's jobs. */
static bool is_input(const struct vordec_plan *plan, enum plan_buffer id) {
  return plan->sharing.on ? id == PLAN_SHARED_Z : id != PLAN_SHARED_Z && id != PLAN_RESIDUAL;
}

static bool is_shared(const struct vordec_plan *plan) {
  for (enum plan_buffer id = 0; id < PLAN_BUFFER_COUNT; id++) {
    if (plan->buffers[id].shared) return true;
  }
  return false;
}

static VkResult record_handing(struct vordec_plan *plan, bool takes, VkCommandBuffer *commands, const char **call) {
  const struct gpu *gpu = &plan->session->gpu;
  const VkCommandBufferAllocateInfo allocate = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                                .commandPool = plan->session->commands,
                                                .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                                .commandBufferCount = 1};
  const VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
  *call = "vkAllocateCommandBuffers";
  VkResult result = gpu->vk.AllocateCommandBuffers(gpu->device, &allocate, commands);
  if (result != VK_SUCCESS) {
    *commands = VK_NULL_HANDLE;
    return result;
  }
  *call = "vkBeginCommandBuffer";
  result = gpu->vk.BeginCommandBuffer(*commands, &begin);
  if (result != VK_SUCCESS) return result;
  for (enum plan_buffer id = 0; id < PLAN_BUFFER_COUNT; id++) {
    if (!plan->buffers[id].shared || is_input(plan, id) != takes) continue;
    if (takes) {
      ownership_acquire(gpu, *commands, &plan->buffers[id]);
    } else {
      ownership_release(gpu, *commands, &plan->buffers[id]);
    }
  }
  *call = "vkEndCommandBuffer";
  return gpu->vk.EndCommandBuffer(*commands);
}

enum vordec_status plan_share_record(struct vordec_plan *plan, struct vordec_error *error) {
  const char *call = NULL;
  if (!is_shared(plan)) return VORDEC_OK;
  VkResult result = record_handing(plan, true, &plan->sharing.taking, &call);
  if (result == VK_SUCCESS) result = record_handing(plan, false, &plan->sharing.giving, &call);
  return result == VK_SUCCESS ? VORDEC_OK : gpu_fail(&plan->session->gpu, result, call, error);
}

/* ---- a job ---- */

enum vordec_status plan_share_chunk(struct vordec_plan *plan, struct vordec_error *error) {
  if (!plan->sharing.on || !plan->sharing.copies) return VORDEC_OK;
  const enum vordec_status status = plan_share_takes_z(plan) && plan->chunk < plan->desc.batch
                                        ? plan_segment_record_again(plan, SEGMENT_TAKE_Z, error)
                                        : VORDEC_OK;
  return status ? status : plan_segment_record(plan, SEGMENT_READ_LENT, error);
}

static bool is_last_chunk(const struct vordec_plan *plan) {
  return plan->pending.first + plan->pending.count == plan->pending.job.count;
}

void plan_share_attach(struct vordec_plan *plan, struct submission *chunk) {
  const struct plan_sharing *sharing = &plan->sharing;
  if (!sharing->semaphore) return;
  if (sharing->next.wait) {
    chunk->wait = sharing->semaphore;
    chunk->wait_value = sharing->next.wait;
  }
  if (sharing->next.signal && is_last_chunk(plan)) {
    chunk->signal = sharing->semaphore;
    chunk->signal_value = sharing->next.signal;
  }
}

void plan_share_attached(struct vordec_plan *plan, const struct submission *chunk) {
  if (chunk->wait_value) plan->sharing.next.wait = 0;
  if (chunk->signal_value) plan->sharing.next.signal = 0;
}

enum vordec_status plan_share_open(struct vordec_plan *plan, struct vordec_error *error) {
  struct plan_sharing *sharing = &plan->sharing;
  if (!sharing->semaphore || sharing->next.wait == 0) return VORDEC_OK;
  const uint64_t value = sharing->next.wait;
  sharing->next.wait = 0;
  return sharing_wait(plan->session, sharing->semaphore, value, error);
}

enum vordec_status plan_share_close(struct vordec_plan *plan, struct vordec_error *error) {
  struct plan_sharing *sharing = &plan->sharing;
  if (!sharing->semaphore || sharing->next.signal == 0) return VORDEC_OK;
  const uint64_t value = sharing->next.signal;
  struct vordec_error ignored;
  sharing->next.signal = 0;
  const enum vordec_status status = sharing_signal(plan->session, sharing->semaphore, value, error);
  if (status && !plan->pending.awaited) session_await(plan->session, plan->fence, &ignored);
  return status;
}

enum vordec_status plan_share_check(const struct vordec_plan *plan, struct vordec_error *error) {
  static const char *const what[VORDEC_WRONG_KINDS] = {"wrong", "NaN", "infinite", "so large that a decode in"};
  const uint32_t flag = *(const uint32_t *)plan->buffers[PLAN_NOT_FINITE_READBACK].mapped;
  if (flag == 0) return VORDEC_OK;
  const uint32_t at = plan->desc.batch * plan->desc.d - flag / VORDEC_WRONG_KINDS, kind = flag % VORDEC_WRONG_KINDS;
  const char *rest = kind != VORDEC_WRONG_LARGE            ? ""
                     : plan->desc.precision == VORDEC_FP64 ? " fp64 overflows"
                                                           : " fp32 overflows; use [decode] precision = fp64";
  return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE, "z: entry %u (%s) of state %u is %s%s",
                     (unsigned)(at % plan->desc.d), vordec_entry_name(plan->desc.m, at % plan->desc.d),
                     (unsigned)(at / plan->desc.d), what[kind], rest);
}

/* ---- the interface ---- */

void plan_share_describe(const struct vordec_plan *plan, enum vordec_exported what,
                         struct vordec_exported_memory *memory) {
  const struct vordec_exported_memory ours = {.struct_size = memory->struct_size,
                                              .kind = VORDEC_MEMORY_OPAQUE_FD,
                                              .size = share_seen(plan, what)->allocated,
                                              .pitch = share_pitch(plan, what),
                                              .dedicated = true};
  memcpy(memory, &ours, ours.struct_size < sizeof ours ? ours.struct_size : sizeof ours);
}

enum vordec_status plan_share_memory_fd(struct vordec_plan *plan, enum vordec_exported what, int *fd,
                                        struct vordec_error *error) {
  const enum vordec_status status = gpu_check(&plan->session->gpu, error);
  return status ? status : sharing_memory_fd(&plan->session->gpu, share_seen(plan, what), fd, error);
}

bool plan_share_has_semaphore(const struct vordec_plan *plan) {
  return plan->sharing.semaphore != VK_NULL_HANDLE;
}

enum vordec_status plan_share_semaphore_fd(struct vordec_plan *plan, int *fd, struct vordec_error *error) {
  const enum vordec_status status = gpu_check(&plan->session->gpu, error);
  return status ? status : sharing_semaphore_fd(&plan->session->gpu, plan->sharing.semaphore, fd, error);
}

enum vordec_status plan_share_prepare(struct vordec_plan *plan, const struct vordec_export_job *job,
                                      struct vordec_error *error) {
  (void)error;
  plan->sharing.next = *job;
  return VORDEC_OK;
}

enum vordec_status plan_share_read(struct vordec_plan *plan, enum vordec_exported what, uint64_t at, uint64_t bytes,
                                   void *to, struct vordec_error *error) {
  const enum vordec_status status = gpu_check(&plan->session->gpu, error);
  return status ? status : sharing_read(plan->session, share_seen(plan, what), at, bytes, to, error);
}

enum vordec_status plan_share_write(struct vordec_plan *plan, enum vordec_exported what, uint64_t at, uint64_t bytes,
                                    const void *from, struct vordec_error *error) {
  const enum vordec_status status = gpu_check(&plan->session->gpu, error);
  return status ? status : sharing_write(plan->session, share_seen(plan, what), at, bytes, from, error);
}
