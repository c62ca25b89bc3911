/* SPDX-License-Identifier: MIT */
/*
 * vulkan_encoder.h - what a state holds, measured of fields on the device.
 *
 * An encoder is a plan whose jobs are not decodes: the field w is the host's in PLAN_OMEGA_LP, or where a simulation of
 * the session has it (encoder_source.h), the mask stage makes R = w less its smoothed self of it in PLAN_FIELD_B, and
 * the mask, and direct sums, transposed, make the modes of w and R. Chunks, segments, submissions and times are the
 * plan's; SEGMENT_UNPACK takes a simulation's fields where they must be converted, SEGMENT_UPLOAD the host's.
 *
 * What R holds besides the modes of the table is its mean square less theirs. Where that is but a little of it, the
 * difference would be of rounding errors: then SEGMENT_REST sums it cell by cell.
 */
#ifndef VORDEC_VULKAN_ENCODER_H
#define VORDEC_VULKAN_ENCODER_H

#include "adjoint/adjoint_sums.h"
#include "encoder_source.h"
#include "plan/vulkan_plan.h"
#include "vulkan_encoder_mask.h"

struct vordec_backend_encoder {
  struct vordec_session *session;
  struct vordec_plan *plan;
  uint32_t low_count, mid_count; /* the table's modes: the low ones, then the others */
  struct adjoint_sums sums;      /* of the field and of R */
  struct encoder_mask mask;
  struct encoder_source source;
  const struct vordec_backend_simulation *from; /* the job's, or NULL */
  uint32_t first_member;
};

/* The plan's encoder. */
static inline struct vordec_backend_encoder *encoder_of(const struct vordec_plan *plan) {
  return plan->transform_state;
}

/* Of the chunk under way, among the members of the simulation. */
static inline uint32_t encoder_first_field(const struct vordec_backend_encoder *encoder) {
  return encoder->first_member + encoder->plan->pending.first;
}

#endif
