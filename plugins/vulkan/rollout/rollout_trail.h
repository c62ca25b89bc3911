/* SPDX-License-Identifier: MIT */
/*
 * rollout_trail.h - what a rollout held on its way: rows of all its states, for decodes of many at once.
 */
#ifndef VORDEC_VULKAN_ROLLOUT_TRAIL_H
#define VORDEC_VULKAN_ROLLOUT_TRAIL_H

#include "vulkan_rollout.h"

/* As the interface's reserve() and read(). */
enum vordec_status rollout_trail_reserve(struct vordec_backend_rollout *rollout, uint32_t rows,
                                         struct vordec_error *error);
enum vordec_status rollout_trail_read(struct vordec_backend_rollout *rollout, uint32_t first, uint32_t count, double *z,
                                      struct vordec_error *error);
/* Frees all of it. The device must have finished with it. */
void rollout_trail_release(struct vordec_backend_rollout *rollout);

#endif
