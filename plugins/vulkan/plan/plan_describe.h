/* SPDX-License-Identifier: MIT */
/*
 * plan_describe.h - what follows from a plan's description: sizes and tables of modes, on the host.
 */
#ifndef VORDEC_VULKAN_PLAN_DESCRIBE_H
#define VORDEC_VULKAN_PLAN_DESCRIBE_H

#include "vulkan_plan.h"

/* Fills a zeroed plan that has its session. E_UNSUPPORTED with REASON_NO_FP64: the device lacks the precision. */
enum vordec_status plan_describe(struct vordec_plan *plan, const struct vordec_plan_desc *desc,
                                 struct vordec_error *error);
/* Frees what it has made, completely or in part. */
void plan_describe_undo(struct vordec_plan *plan);

/* Bytes on the host. */
uint64_t plan_host_bytes(const struct vordec_plan *plan);

#endif
