/* SPDX-License-Identifier: MIT */
/*
 * vulkan_encoder_mask.h - the mask stage of encoders: R and the mask of a field that is given.
 *
 * States are smoothed over some eleven cells, fields to be encoded over 11 N / 256. A box that is wide goes strip by
 * strip (shaders/encode/window.glsl); other windows go as in a decode.
 * Threshold and majority are made on bit-planes, as after the pruned transform.
 */
#ifndef VORDEC_VULKAN_ENCODER_MASK_H
#define VORDEC_VULKAN_ENCODER_MASK_H

#include "transforms/bit_majority.h"

struct buffer_need;
struct encoder_source;

/* Of one shape of plan. */
struct encoder_mask {
  bool by_strips; /* of shaders/encode/window.glsl; else cell by cell */
  uint32_t row_strip, rows, strips,
      parts;               /* along x: cells of a strip, rows and strips of a workgroup, parts of a row */
  uint32_t strip, columns; /* along y: cells of a strip, columns of a tile */
  VkPipeline along_x, along_y;
  struct bit_majority majority;
};

/* Adds its buffers to the needs of the plan. */
void encoder_mask_list_needs(const struct vordec_plan *plan, struct buffer_need *needs);

/* Makes the pipelines of a zeroed one. What has been made stays on failure; encoder_mask_destroy() frees it. */
enum vordec_status encoder_mask_create(const struct vordec_plan *plan, struct encoder_mask *mask,
                                       struct vordec_error *error);
void encoder_mask_destroy(struct kernels *kernels, struct encoder_mask *mask);

/* Where partial sums of R^2 stand; those of the support are where a decode has them. */
#define PARTIAL_SQUARE PARTIAL_MID

/* The field -> R in PLAN_FIELD_B, max |R| and the sum of R^2 -> its threshold in PLAN_PLANES_A, from which
 * record_bit_majority() makes the mask. */
void record_encoder_residual(struct recorder *recorder, const struct encoder_mask *mask,
                             const struct encoder_source *source);
void record_encoder_planes(struct recorder *recorder);

#endif
