/*
 * plan_segments.h - recording the segments that decodes submit.
 */
#ifndef VORDEC_VULKAN_PLAN_SEGMENTS_H
#define VORDEC_VULKAN_PLAN_SEGMENTS_H

#include "vulkan_plan.h"

/* Records all that the plan's jobs may submit; it has its buffers and its transform. */
enum vordec_status plan_segments_record(struct vordec_plan *plan, struct vordec_error *error);

/* Runs a workgroup of every kernel, and sets info->warmup_ms. */
enum vordec_status plan_segments_warm_up(struct vordec_plan *plan, struct vordec_plan_info *info,
                                         struct vordec_error *error);

/* Frees the command buffers, wholly or in part. The device has finished. */
void plan_segments_free(struct vordec_plan *plan);

#endif
