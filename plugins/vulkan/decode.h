/*
 * decode.h - running a plan.
 */
#ifndef VORDEC_VULKAN_DECODE_H
#define VORDEC_VULKAN_DECODE_H

#include "plan.h"

/* See struct vordec_backend. */
enum vordec_status decode_run(struct vordec_plan *plan, const struct vordec_decode_job *job,
                              struct vordec_decode_result *result, struct vordec_error *error);

/* Submits a few segments of the plan, after `before` unless that is NULL, and waits. */
enum vordec_status decode_submit(struct vordec_plan *plan, VkCommandBuffer before, const enum plan_segment *segments,
                                 uint32_t count, struct vordec_error *error);

#endif
