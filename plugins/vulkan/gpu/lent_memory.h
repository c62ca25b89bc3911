/* SPDX-License-Identifier: MIT */
/*
 * lent_memory.h - memory lent to the host that the device copies into by itself.
 *
 * It is pinned once, when it is made, and recognised by its address: a job whose outputs lie in it is read back without
 * a copy by the host. Importing whatever memory a job brings (VK_EXT_external_memory_host) would pin it anew for each
 * job: on an H200 61 ms for 671 MB, while decode and copies take 15; and an import that is remembered could not know
 * that the memory was freed.
 */
#ifndef VORDEC_VULKAN_LENT_MEMORY_H
#define VORDEC_VULKAN_LENT_MEMORY_H

#include "buffer.h"
#include "vulkan_session.h"

/* The slots of struct vordec_stream_interface. */
enum vordec_status lent_memory_alloc(struct vordec_session *session, uint64_t bytes, void **memory,
                                     struct vordec_error *error);
void lent_memory_free(struct vordec_session *session, void *memory);

/* Returns the buffer that holds `bytes` starting at `at`, and where in it they begin; NULL: no buffer does. */
const struct buffer *lent_memory_find(const struct vordec_session *session, const void *at, uint64_t bytes,
                                      uint64_t *offset);

#endif
