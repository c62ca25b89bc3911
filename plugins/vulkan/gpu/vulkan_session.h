/*
 * vulkan_session.h - an opened device: logical device, queue, kernels, and whether it has died.
 */
#ifndef VORDEC_VULKAN_SESSION_H
#define VORDEC_VULKAN_SESSION_H

#include "vulkan_device.h"
#include "vulkan_kernels.h"

/* How long a submission may take. A hung GPU is reset by its driver long before (VK_ERROR_DEVICE_LOST). */
#define SESSION_WAIT_NS 300000000000ull

struct host_block;
struct mailbox;

#define SESSION_VERDICTS 32u

struct vordec_session {
  const struct vordec_host *host;
  struct instance *instance;
  struct vk_table vk;
  struct device_facts facts;
  VkDevice device;
  VkQueue queue, copy_queue;             /* the same where the device has no family that only copies */
  VkCommandPool commands, copy_commands; /* for the one and the other */
  VkFence fence;
  VkPipelineCache pipeline_cache;
  uint64_t pipeline_cache_bytes; /* size when last loaded or saved */
  struct kernels kernels;
  struct {
    char key[96];
    double pruned_ms, vkfft_ms;
  } verdicts[SESSION_VERDICTS]; /* of fft = auto, the oldest overwritten first: see transforms/autotune.h */
  uint32_t verdict_count;
  struct mailbox *mailboxes;      /* a list */
  struct host_block *host_blocks; /* likewise: memory that was lent to the host */
  uint32_t under_way;             /* plans whose last job was not waited for yet */
  struct vordec_error failure;    /* status OK: alive */
};

/* See struct vordec_backend. The host must outlive the session. */
enum vordec_status session_open(const struct vordec_host *host, const struct vordec_session_desc *desc,
                                struct vordec_session **session, struct vordec_error *error);
void session_close(struct vordec_session *session);

/* Fails with the error that killed the session, if one did. */
enum vordec_status session_check(const struct vordec_session *session, struct vordec_error *error);

/* Remembers error as the session's end if its status is fatal; returns the status. */
enum vordec_status session_note(struct vordec_session *session, const struct vordec_error *error);

/* vk_fail() and session_note() in one. */
enum vordec_status session_fail(struct vordec_session *session, VkResult result, const char *call,
                                struct vordec_error *error);

/* Before something is destroyed: waits for a device whose last submissions were not seen to finish. */
void session_settle(struct vordec_session *session);

/* Whether copies to the host have a queue of their own. */
static inline bool session_copies_apart(const struct vordec_session *session) {
  return session->facts.copy_family != session->facts.queue_family;
}

/* Recorded command buffers for a queue. NULL handles: nothing to wait for, to signal. */
struct submission {
  VkQueue queue;
  const VkCommandBuffer *commands;
  uint32_t count;
  VkSemaphore wait, signal;
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
