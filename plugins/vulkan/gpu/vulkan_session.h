/* SPDX-License-Identifier: MIT */
/*
 * vulkan_session.h - an opened device: its queues, command pools and kernels, and what plans and rollouts share.
 */
#ifndef VORDEC_VULKAN_SESSION_H
#define VORDEC_VULKAN_SESSION_H

#include "vulkan_kernels.h"

/* How long a submission may take. A hung GPU is reset by its driver long before (VK_ERROR_DEVICE_LOST). */
#define SESSION_WAIT_NS 300000000000ull

struct lent_block;

#define SESSION_TIMINGS 32u
#define SESSION_CANDIDATES 4u /* how many are measured against each other, at most */

struct vordec_session {
  struct gpu gpu;
  struct instance *instance;
  VkQueue queue, copy_queue;             /* the same if the device has no family that only copies */
  VkCommandPool commands, copy_commands; /* for the one and the other */
  VkFence fence;
  struct kernels kernels;
  struct {
    char key[96];
    double ms[SESSION_CANDIDATES];
  } timings[SESSION_TIMINGS]; /* of fft = auto, the oldest overwritten first: see timings.h */
  uint32_t timing_count;
  struct lent_block *lent_blocks; /* likewise: memory that was lent to the host */
  uint64_t simulations;           /* that were ever made */
  uint32_t pending_jobs;          /* plans whose last job has not been waited for yet */
  uint32_t compile_threads;       /* threads that have the driver compile kernels */
  uint32_t copy_threads;          /* threads that fill ordinary memory of the host */
  double submission_ms;           /* the longest that a submission may take; 0: no limit */
};

/* See struct vordec_backend. The host must outlive the session. */
enum vordec_status vulkan_session_open(const struct vordec_host *host, const struct vordec_session_desc *desc,
                                       struct vordec_session **session, struct vordec_error *error);
void vulkan_session_close(struct vordec_session *session);

/* Called before something is destroyed: waits for a device whose last submissions were not seen to finish. */
void session_settle(struct vordec_session *session);

/* Recorded command buffers for a queue. NULL handles: nothing to wait for, to signal. Values are of timeline
 * semaphores; 0: it is none. */
struct submission {
  VkQueue queue;
  const VkCommandBuffer *commands;
  uint32_t count;
  VkSemaphore wait, signal;
  uint64_t wait_value, signal_value;
  VkFence fence;
};

/* Makes a semaphore; NULL on failure. */
VkResult session_make_semaphore(const struct vordec_session *session, VkSemaphore *semaphore);

/* Submits them as one batch and returns. The fence must be unsignalled. */
VkResult session_start(const struct vordec_session *session, const struct submission *submission);
/* Waits for the fence of what was started. Fatal failures stick to the session. */
enum vordec_status session_await(struct vordec_session *session, VkFence fence, struct vordec_error *error);

/* Submits command buffers to `queue` and waits. Fatal failures stick to the session. */
enum vordec_status session_run(struct vordec_session *session, VkQueue queue, const VkCommandBuffer *commands,
                               uint32_t count, struct vordec_error *error);
/* The same on the queue that computes. */
enum vordec_status session_submit(struct vordec_session *session, const VkCommandBuffer *commands, uint32_t count,
                                  struct vordec_error *error);

#endif
