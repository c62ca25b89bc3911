/* SPDX-License-Identifier: MIT */
/*
 * vulkan_shelf.h - copies of what a simulation or a rollout holds, in a buffer that others see.
 *
 * Source and target stay, so the commands are recorded once. They go to the queue that computes: what is asked of the
 * source afterwards comes behind them.
 */
#ifndef VORDEC_VULKAN_SHELF_H
#define VORDEC_VULKAN_SHELF_H

#include "gpu/buffer.h"
#include "gpu/vulkan_session.h"

struct vordec_shelf {
  struct vordec_session *session;
  const struct vordec_backend_simulation *simulation; /* one of the two is NULL */
  const struct vordec_backend_rollout *rollout;
  uint32_t count; /* fields or states */
  uint64_t pitch; /* bytes of each */
  struct buffer memory;
  VkSemaphore semaphore; /* NULL: the device shares none */
  VkFence fence;
  VkCommandBuffer commands;
  bool under_way;
};

/* What its setup says: the rest is 0. */
void vulkan_shelf_measure(struct vordec_shelf *shelf);
/* Makes what it consists of; on failure what is there already stays, for vulkan_shelf_undo(). */
enum vordec_status vulkan_shelf_make(struct vordec_shelf *shelf, struct vordec_error *error);
/* Accepts what a failed one has left. No copy is under way. */
void vulkan_shelf_undo(struct vordec_shelf *shelf);

#endif
