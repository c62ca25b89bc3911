/* SPDX-License-Identifier: MIT */
/*
 * plan_build.h - building a plan in three steps: what does not depend on the transform, the transform, the commands.
 */
#ifndef VORDEC_VULKAN_PLAN_BUILD_H
#define VORDEC_VULKAN_PLAN_BUILD_H

#include "vulkan_plan.h"

/* Describes the plan, builds kernels and makes objects; desc->fft is left to the caller. NULL: *error says why. */
struct vordec_plan *plan_begin(struct vordec_session *session, const struct vordec_plan_desc *desc,
                               struct vordec_error *error);

/* Makes the plan's buffers and its transform. On failure they are freed, and another one may be tried. */
enum vordec_status plan_use(struct vordec_plan *plan, const struct transform *transform, struct vordec_error *error);

/* Records the commands, runs every kernel once and fills *info except for the reason of a choice. After a failure the
 * plan must be destroyed. */
enum vordec_status plan_finish(struct vordec_plan *plan, struct vordec_plan_info *info, struct vordec_error *error);

/* Does all three steps, with one transform. Nothing of a failed plan remains. */
enum vordec_status plan_build(struct vordec_session *session, const struct vordec_plan_desc *desc,
                              const struct transform *transform, struct vordec_plan **plan,
                              struct vordec_plan_info *info, struct vordec_error *error);

/* Accepts NULL and a plan after any step. */
void vulkan_plan_destroy(struct vordec_plan *plan);

#endif
