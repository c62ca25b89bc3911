/* SPDX-License-Identifier: MIT */
/*
 * vulkan_comparer_plan.h - a comparer's plan: its buffers and descriptor sets.
 */
#ifndef VORDEC_VULKAN_COMPARER_PLAN_H
#define VORDEC_VULKAN_COMPARER_PLAN_H

#include "vulkan_comparer.h"

/* Makes the plan of a comparer that has its session and its numbers, and its fields, which are 0, and runs every kernel
 * once; fills *info but for the bytes of the comparer itself. What has been made stays on failure;
 * vulkan_comparer_plan_destroy() frees it. */
enum vordec_status vulkan_comparer_plan_create(struct vordec_backend_comparer *comparer, uint32_t n,
                                               struct vordec_plan_info *info, struct vordec_error *error);
void vulkan_comparer_plan_destroy(struct vordec_backend_comparer *comparer);

#endif
