/* SPDX-License-Identifier: MIT */
/*
 * ownership.h - memory that others see (BUFFER_SHARED) belongs to the queue that computes, or to them.
 *
 * Such buffers are exclusive, and Vulkan requires that they are transferred to VK_QUEUE_FAMILY_EXTERNAL and back
 * (specification 1.3, "Queue Family Ownership Transfer"). Memory that is written anew need not be taken first.
 */
#ifndef VORDEC_VULKAN_OWNERSHIP_H
#define VORDEC_VULKAN_OWNERSHIP_H

#include "buffer.h"

/* These record that the queue takes what others have written, and that they may have what was written so far. */
void ownership_acquire(const struct gpu *gpu, VkCommandBuffer commands, const struct buffer *buffer);
void ownership_release(const struct gpu *gpu, VkCommandBuffer commands, const struct buffer *buffer);

#endif
