/* SPDX-License-Identifier: MIT */
/*
 * transfer.h - one-off copies from a buffer.
 */
#ifndef VORDEC_VULKAN_TRANSFER_H
#define VORDEC_VULKAN_TRANSFER_H

#include "buffer.h"
#include "vulkan_session.h"

struct transfer {
  VkBuffer to;
  VkBufferCopy region;         /* of no bytes: skipped */
  const struct buffer *shared; /* the one of the two buffers that others own before and afterwards; NULL: neither */
};

/* Makes the host's writes to `staging` visible, copies every region and waits. The host may read what was copied to
 * `staging` once that is invalidated. */
enum vordec_status transfer_once(struct vordec_session *session, const struct buffer *staging,
                                 const struct transfer *list, uint32_t count, struct vordec_error *error);

#endif
