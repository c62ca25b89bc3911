/* SPDX-License-Identifier: MIT */
#include "sharing.h"

#include "transfer.h"
#include "vk_result.h"

#include <fcntl.h>
#include <string.h>

/* ---- file descriptors ---- */

/* Keeps the descriptor from programs that this one starts, which some drivers leave to us. */
static enum vordec_status close_on_exec(int fd) {
  const int flags = fcntl(fd, F_GETFD);
  if (flags >= 0) fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
  return VORDEC_OK;
}

enum vordec_status sharing_memory_fd(struct gpu *gpu, const struct buffer *buffer, int *fd,
                                     struct vordec_error *error) {
  const VkMemoryGetFdInfoKHR info = {.sType = VK_STRUCTURE_TYPE_MEMORY_GET_FD_INFO_KHR,
                                     .memory = buffer->memory,
                                     .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT};
  const VkResult result = gpu->vk.GetMemoryFdKHR(gpu->device, &info, fd);
  return result == VK_SUCCESS ? close_on_exec(*fd) : gpu_fail(gpu, result, "vkGetMemoryFdKHR", error);
}

enum vordec_status sharing_semaphore(struct gpu *gpu, VkSemaphore *semaphore, struct vordec_error *error) {
  const VkExportSemaphoreCreateInfo shared = {.sType = VK_STRUCTURE_TYPE_EXPORT_SEMAPHORE_CREATE_INFO,
                                              .handleTypes = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT};
  const VkSemaphoreTypeCreateInfo type = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO,
                                          .pNext = &shared,
                                          .semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE};
  const VkSemaphoreCreateInfo info = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, .pNext = &type};
  const VkResult result = gpu->vk.CreateSemaphore(gpu->device, &info, NULL, semaphore);
  if (result == VK_SUCCESS) return VORDEC_OK;
  *semaphore = VK_NULL_HANDLE;
  return gpu_fail(gpu, result, "vkCreateSemaphore", error);
}

enum vordec_status sharing_semaphore_fd(struct gpu *gpu, VkSemaphore semaphore, int *fd, struct vordec_error *error) {
  const VkSemaphoreGetFdInfoKHR info = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_GET_FD_INFO_KHR,
                                        .semaphore = semaphore,
                                        .handleType = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT};
  const VkResult result = gpu->vk.GetSemaphoreFdKHR(gpu->device, &info, fd);
  return result == VK_SUCCESS ? close_on_exec(*fd) : gpu_fail(gpu, result, "vkGetSemaphoreFdKHR", error);
}

/* ---- values ---- */

/* Submits nothing but semaphores, which puts what comes before and after it in order. */
static enum vordec_status submit(struct vordec_session *session, const struct submission *nothing,
                                 struct vordec_error *error) {
  const VkResult result = session_start(session, nothing);
  return result == VK_SUCCESS ? VORDEC_OK : gpu_fail(&session->gpu, result, "vkQueueSubmit", error);
}

enum vordec_status sharing_wait(struct vordec_session *session, VkSemaphore semaphore, uint64_t value,
                                struct vordec_error *error) {
  const struct submission nothing = {.queue = session->queue, .wait = semaphore, .wait_value = value};
  return submit(session, &nothing, error);
}

enum vordec_status sharing_signal(struct vordec_session *session, VkSemaphore semaphore, uint64_t value,
                                  struct vordec_error *error) {
  const struct submission nothing = {.queue = session->queue, .signal = semaphore, .signal_value = value};
  return submit(session, &nothing, error);
}

/* ---- copies ---- */

#define PIECE_BYTES (1ull << 24)

static uint64_t piece_of(uint64_t bytes) {
  return bytes < PIECE_BYTES ? bytes : PIECE_BYTES;
}

enum vordec_status sharing_read(struct vordec_session *session, const struct buffer *buffer, uint64_t at,
                                uint64_t bytes, void *to, struct vordec_error *error) {
  struct buffer staging;
  enum vordec_status status =
      buffer_create(&session->gpu, BUFFER_READBACK, piece_of(bytes), "shared readback", &staging, error);
  if (status) return status;
  for (uint64_t done = 0; done < bytes && !status;) {
    const uint64_t now = piece_of(bytes - done);
    const struct transfer list = {staging.handle, {.srcOffset = at + done, .size = now}, buffer};
    status = transfer_once(session, buffer, &list, 1, error);
    const VkResult visible = status ? VK_SUCCESS : buffer_invalidate(&session->gpu, &staging);
    if (visible != VK_SUCCESS) status = gpu_fail(&session->gpu, visible, "vkInvalidateMappedMemoryRanges", error);
    if (!status) memcpy((char *)to + done, staging.mapped, now);
    done += now;
  }
  buffer_destroy(&session->gpu, &staging);
  return status;
}

enum vordec_status sharing_write(struct vordec_session *session, const struct buffer *buffer, uint64_t at,
                                 uint64_t bytes, const void *from, struct vordec_error *error) {
  struct buffer staging;
  enum vordec_status status =
      buffer_create(&session->gpu, BUFFER_UPLOAD, piece_of(bytes), "shared upload", &staging, error);
  if (status) return status;
  for (uint64_t done = 0; done < bytes && !status;) {
    const uint64_t now = piece_of(bytes - done);
    const struct transfer list = {buffer->handle, {.dstOffset = at + done, .size = now}, buffer};
    memcpy(staging.mapped, (const char *)from + done, now);
    status = transfer_once(session, &staging, &list, 1, error);
    done += now;
  }
  buffer_destroy(&session->gpu, &staging);
  return status;
}
