/* SPDX-License-Identifier: MIT */
/*
 * upload.h - one-off copies at plan creation.
 */
#ifndef VORDEC_VULKAN_UPLOAD_H
#define VORDEC_VULKAN_UPLOAD_H

#include "vulkan_plan.h"

/* Content for the beginning of one of the plan's buffers; without bytes: skipped. */
struct upload_part {
  enum plan_buffer target;
  const void *content;
  uint64_t size;
};

#define UPLOAD_PARTS_MAX 8

/* Copies the parts, through a staging buffer that is freed afterwards. */
enum vordec_status upload_parts(struct vordec_plan *plan, const struct upload_part *parts, uint32_t count,
                                struct vordec_error *error);

/* Fills the plan's tables (modes, columns, twiddles, energies) on the device. */
enum vordec_status upload_tables(struct vordec_plan *plan, struct vordec_error *error);

#endif
