/* SPDX-License-Identifier: MIT */
/*
 * share_layout.h - where what others see of a plan lies (plan_share.h). Pure.
 */
#ifndef VORDEC_VULKAN_SHARE_LAYOUT_H
#define VORDEC_VULKAN_SHARE_LAYOUT_H

#include "vulkan_plan.h"

/* The output that it is, as a bit; 0: the states. */
uint32_t share_output(enum vordec_exported what);
/* Bytes from state to state. */
uint64_t share_pitch(const struct vordec_plan *plan, enum vordec_exported what);

/* Where the kernels have it, and where it goes from there if the fields of several chunks are to lie together. */
enum plan_buffer share_source(const struct vordec_plan *plan, enum vordec_exported what);
enum plan_buffer share_target(enum vordec_exported what);
/* The one of these that others see. */
const struct buffer *share_seen(const struct vordec_plan *plan, enum vordec_exported what);

/* Where a buffer of the plan lies: one that holds what others see is shared. */
enum buffer_place share_place(const struct vordec_plan *plan, enum plan_buffer id);

#endif
