/* SPDX-License-Identifier: MIT */
/*
 * rollout_memory.h - a rollout's buffers and what goes into them.
 */
#ifndef VORDEC_VULKAN_ROLLOUT_MEMORY_H
#define VORDEC_VULKAN_ROLLOUT_MEMORY_H

#include "vulkan_rollout.h"

/* Makes the buffers and the handover. E_NO_MEMORY with REASON_MEMORY names the bytes needed and available. */
enum vordec_status rollout_memory_create(struct vordec_backend_rollout *rollout, struct vordec_error *error);
void rollout_memory_destroy(struct vordec_backend_rollout *rollout);

/* Brings A and the states to the device, a block of rows at a time. E_INPUT: an entry that is not finite in the
 * rollout's precision. */
enum vordec_status rollout_memory_upload(struct vordec_backend_rollout *rollout,
                                         const struct vordec_rollout_setup *setup, struct vordec_error *error);

/* Widens what the readback buffer holds: states x d values. */
void rollout_memory_widen(const struct vordec_backend_rollout *rollout, double *z);

#endif
