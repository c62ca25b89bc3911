/* SPDX-License-Identifier: MIT */
/*
 * vulkan_encoder_plan.h - an encoder's plan: its modes, buffers and tables.
 */
#ifndef VORDEC_VULKAN_ENCODER_PLAN_H
#define VORDEC_VULKAN_ENCODER_PLAN_H

#include "vulkan_encoder.h"

/* Makes the plan of an encoder that has its session and runs every kernel once; fills *info but for the bytes of the
 * encoder itself. What has been made stays on failure; vulkan_encoder_plan_destroy() frees it. */
enum vordec_status vulkan_encoder_plan_create(struct vordec_backend_encoder *encoder,
                                              const struct vordec_encode_setup *setup, struct vordec_plan_info *info,
                                              struct vordec_error *error);
void vulkan_encoder_plan_destroy(struct vordec_backend_encoder *encoder);

#endif
