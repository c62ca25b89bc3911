/* SPDX-License-Identifier: MIT */
/*
 * vulkan_encoder.h - what a state holds, measured of fields on the device.
 *
 * An encoder is a plan whose jobs are not decodes: PLAN_OMEGA_LP is the field w, from the host or from a simulation of
 * the session, the mask stage makes R = w less its smoothed self of it in PLAN_FIELD_B, and the mask, and direct sums,
 * transposed, make the modes of w and R. What R holds besides the modes of the table is summed cell by cell. Chunks,
 * segments, submissions and times are the plan's; SEGMENT_UNPACK takes a simulation's fields, SEGMENT_UPLOAD the
 * host's.
 */
#ifndef VORDEC_VULKAN_ENCODER_H
#define VORDEC_VULKAN_ENCODER_H

#include "adjoint/adjoint_sums.h"
#include "plan/vulkan_plan.h"
#include "vulkan_encoder_mask.h"

struct vordec_backend_encoder {
  struct vordec_session *session;
  struct vordec_plan *plan;
  uint32_t low_count, mid_count; /* the table's modes: the low ones, then the others */
  struct adjoint_sums sums;      /* of the field and of R */
  struct encoder_mask mask;
  VkDescriptorSet take;                         /* of a simulation's fields: bound anew for each job that has one */
  const struct vordec_backend_simulation *from; /* the job's, or NULL */
  uint32_t first_member;
};

/* The plan's encoder. */
static inline struct vordec_backend_encoder *encoder_of(const struct vordec_plan *plan) {
  return plan->transform_state;
}

#endif
