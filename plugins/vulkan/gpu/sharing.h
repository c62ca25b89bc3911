/* SPDX-License-Identifier: MIT */
/*
 * sharing.h - memory and timeline semaphores that others import, as file descriptors; and the values of the latter.
 */
#ifndef VORDEC_VULKAN_SHARING_H
#define VORDEC_VULKAN_SHARING_H

#include "buffer.h"
#include "vulkan_session.h"

/* Makes a file descriptor of a BUFFER_SHARED's memory; it belongs to the caller. */
enum vordec_status sharing_memory_fd(struct gpu *gpu, const struct buffer *buffer, int *fd, struct vordec_error *error);

/* Makes a timeline semaphore with value 0; the device shares such semaphores (device_facts). NULL on failure. */
enum vordec_status sharing_semaphore(struct gpu *gpu, VkSemaphore *semaphore, struct vordec_error *error);
/* Makes a file descriptor of it, which belongs to the caller. */
enum vordec_status sharing_semaphore_fd(struct gpu *gpu, VkSemaphore semaphore, int *fd, struct vordec_error *error);

/* What is submitted from now on begins when the semaphore has the value; and: it gets the value when all that was
 * submitted has ended. On the queue that computes. */
enum vordec_status sharing_wait(struct vordec_session *session, VkSemaphore semaphore, uint64_t value,
                                struct vordec_error *error);
enum vordec_status sharing_signal(struct vordec_session *session, VkSemaphore semaphore, uint64_t value,
                                  struct vordec_error *error);

/* Copies bytes of a buffer to the host's memory, or the other way, in pieces, and waits. */
enum vordec_status sharing_read(struct vordec_session *session, const struct buffer *buffer, uint64_t at,
                                uint64_t bytes, void *to, struct vordec_error *error);
enum vordec_status sharing_write(struct vordec_session *session, const struct buffer *buffer, uint64_t at,
                                 uint64_t bytes, const void *from, struct vordec_error *error);

#endif
