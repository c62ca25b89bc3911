/* SPDX-License-Identifier: MIT */
/*
 * rollout_memory.h - a rollout's buffers and what goes into them.
 */
#ifndef VORDEC_VULKAN_ROLLOUT_MEMORY_H
#define VORDEC_VULKAN_ROLLOUT_MEMORY_H

#include "vulkan_rollout.h"

/* Makes the buffers. E_NO_MEMORY with REASON_MEMORY names the bytes needed and available. */
enum vordec_status rollout_memory_create(struct vordec_backend_rollout *rollout, struct vordec_error *error);
/* A buffer for rows of states, to be released with buffer_destroy(). Errors likewise. */
enum vordec_status rollout_memory_make_rows(struct vordec_backend_rollout *rollout, uint64_t bytes,
                                            struct buffer *buffer, struct vordec_error *error);
void rollout_memory_destroy(struct vordec_backend_rollout *rollout);

/* Brings A and the states to the device, a block of rows at a time. E_INPUT: an entry that is not finite in the
 * rollout's precision. */
enum vordec_status rollout_memory_upload(struct vordec_backend_rollout *rollout,
                                         const struct vordec_rollout_setup *setup, struct vordec_error *error);

/* Widens the first `count` states that the readback buffer holds. */
void rollout_memory_widen(const struct vordec_backend_rollout *rollout, uint32_t count, double *z);

#endif
