/* SPDX-License-Identifier: MIT */
/*
 * plan_create.h - a plan with the transform that was asked for, or the one that suits best.
 */
#ifndef VORDEC_VULKAN_PLAN_CREATE_H
#define VORDEC_VULKAN_PLAN_CREATE_H

#include "plan_build.h"

/* See struct vordec_backend; vulkan_plan_destroy() is its counterpart. */
enum vordec_status vulkan_plan_create(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                      struct vordec_plan **plan, struct vordec_plan_info *info,
                                      struct vordec_error *error);

/* The table of "vordec.residual/1": plans whose decodes make the bands of the residual. */
extern const struct vordec_residual_interface vulkan_residual_interface;

/* The table of "vordec.export/1": plans whose fields others see. */
extern const struct vordec_export_interface vulkan_export_interface;

#endif
