/* SPDX-License-Identifier: MIT */
#include "vulkan_shelf_interface.h"

#include <string.h>

#include "gpu/sharing.h"
#include "gpu/vulkan_host.h"
#include "rollout/vulkan_rollout.h"
#include "simulate/vulkan_simulation_steps.h"
#include "vulkan_shelf.h"

static void forget_copy(struct vordec_shelf *shelf) {
  if (shelf->under_way) shelf->session->pending_jobs--;
  shelf->under_way = false;
}

static void destroy(struct vordec_shelf *shelf) {
  if (!shelf) return;
  vulkan_shelf_undo(shelf);
  forget_copy(shelf);
  host_free(shelf->session->gpu.host, shelf);
}

static enum vordec_status create(struct vordec_session *session, const struct vordec_shelf_setup *setup,
                                 struct vordec_shelf **shelf, struct vordec_error *error) {
  struct gpu *gpu = &session->gpu;
  enum vordec_status status = gpu_check(gpu, error);
  if (status) return status;
  if (!gpu->facts.shares_memory) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE,
                       "the driver of %.200s exports no memory as file descriptors (VK_KHR_external_memory_fd)",
                       gpu->facts.info.name);
  }
  struct vordec_shelf *made = host_alloc(gpu->host, 1, sizeof *made);
  if (!made) return host_no_memory(error, "a shelf");
  *made = (struct vordec_shelf){.session = session, .simulation = setup->simulation, .rollout = setup->rollout};
  vulkan_shelf_measure(made);
  status = vulkan_shelf_make(made, error);
  if (status) {
    destroy(made);
    return status;
  }
  *shelf = made;
  return VORDEC_OK;
}

static void describe(const struct vordec_shelf *shelf, struct vordec_exported_memory *memory) {
  const struct vordec_exported_memory ours = {.struct_size = memory->struct_size,
                                              .kind = VORDEC_MEMORY_OPAQUE_FD,
                                              .size = shelf->memory.allocated,
                                              .pitch = shelf->pitch,
                                              .dedicated = true};
  memcpy(memory, &ours, ours.struct_size < sizeof ours ? ours.struct_size : sizeof ours);
}

static enum vordec_status memory_fd(struct vordec_shelf *shelf, int *fd, struct vordec_error *error) {
  const enum vordec_status status = gpu_check(&shelf->session->gpu, error);
  return status ? status : sharing_memory_fd(&shelf->session->gpu, &shelf->memory, fd, error);
}

static bool has_semaphore(const struct vordec_shelf *shelf) {
  return shelf->semaphore != VK_NULL_HANDLE;
}

static enum vordec_status semaphore_fd(struct vordec_shelf *shelf, int *fd, struct vordec_error *error) {
  const enum vordec_status status = gpu_check(&shelf->session->gpu, error);
  return status ? status : sharing_semaphore_fd(&shelf->session->gpu, shelf->semaphore, fd, error);
}

/* ---- copies ---- */

/* Checks the source. There can be no copy of a source that has lost its contents in a failure. */
static enum vordec_status check_source(const struct vordec_shelf *shelf, struct vordec_error *error) {
  const enum vordec_status status = gpu_check(&shelf->session->gpu, error);
  if (status) return status;
  return shelf->rollout ? rollout_alive(shelf->rollout, error)
                        : vulkan_simulation_check(shelf->simulation, 0, shelf->count, error);
}

static enum vordec_status fill(struct vordec_shelf *shelf, uint64_t wait, uint64_t signal, struct vordec_error *error) {
  struct vordec_session *session = shelf->session;
  const struct submission copies = {.queue = session->queue,
                                    .commands = &shelf->commands,
                                    .count = 1,
                                    .wait = wait ? shelf->semaphore : VK_NULL_HANDLE,
                                    .wait_value = wait,
                                    .signal = signal ? shelf->semaphore : VK_NULL_HANDLE,
                                    .signal_value = signal,
                                    .fence = shelf->fence};
  const char *call = "vkResetFences";
  const enum vordec_status status = check_source(shelf, error);
  if (status) return status;
  VkResult result = session->gpu.vk.ResetFences(session->gpu.device, 1, &shelf->fence);
  if (result == VK_SUCCESS) {
    call = "vkQueueSubmit";
    result = session_start(session, &copies);
  }
  if (result != VK_SUCCESS) return gpu_fail(&session->gpu, result, call, error);
  shelf->under_way = true;
  session->pending_jobs++;
  return VORDEC_OK;
}

static enum vordec_status wait_for(struct vordec_shelf *shelf, struct vordec_error *error) {
  if (!shelf->under_way) return VORDEC_OK;
  const enum vordec_status status = gpu_check(&shelf->session->gpu, error);
  if (!status) forget_copy(shelf);
  return status ? status : session_await(shelf->session, shelf->fence, error);
}

static enum vordec_status copy_out(struct vordec_shelf *shelf, uint64_t at, uint64_t bytes, void *to,
                                   struct vordec_error *error) {
  const enum vordec_status status = gpu_check(&shelf->session->gpu, error);
  return status ? status : sharing_read(shelf->session, &shelf->memory, at, bytes, to, error);
}

const struct vordec_shelf_interface vulkan_shelf_interface = {.struct_size = sizeof vulkan_shelf_interface,
                                                              .create = create,
                                                              .destroy = destroy,
                                                              .describe = describe,
                                                              .memory_fd = memory_fd,
                                                              .has_semaphore = has_semaphore,
                                                              .semaphore_fd = semaphore_fd,
                                                              .fill = fill,
                                                              .wait = wait_for,
                                                              .read = copy_out};
