/* SPDX-License-Identifier: MIT */
/*
 * vulkan_comparer.h - fields that stay on the device, and sums that tell how they compare.
 *
 * A comparer is a plan in double precision whose jobs are not decodes: PLAN_OMEGA_LP is the field w, from wherever it
 * is, each kept field has a buffer of its own, and PLAN_PARTIALS has the sums of a pair after those of another, the
 * first w with itself. PLAN_HALF_SPECTRUM has the energy of each mode, PLAN_SUMS that of each shell. Segments,
 * submissions and times are the plan's; those that depend on the job are recorded anew for each.
 */
#ifndef VORDEC_VULKAN_COMPARER_H
#define VORDEC_VULKAN_COMPARER_H

#include "plan/vulkan_plan.h"

#define SEGMENT_COMPARE SEGMENT_COMBINE         /* what the job does with kept fields */
#define SEGMENT_SHELLS (SEGMENT_COMBINE + 1)    /* the energies of w */
#define SEGMENT_READ_SHELLS (SEGMENT_READ_MASK) /* to the host; the sums are SEGMENT_READ_SCALARS */

/* Where a job's w is; of precision fp32, `remainders`: with what rounding took from it. */
struct comparer_source {
  VkBuffer field, remainder;
  uint32_t first; /* value */
  bool fp64, remainders;
};

struct vordec_backend_comparer {
  struct vordec_session *session;
  struct vordec_plan *plan;
  uint32_t fields, pairs, shells;
  struct buffer *kept;
  VkPipeline energies;
  VkDescriptorSet take, add, *against;  /* bound anew for each job that needs them; against: one for each pair */
  const struct vordec_compare_job *job; /* under way, or NULL */
  struct comparer_source source;
};

/* The plan's comparer. */
static inline struct vordec_backend_comparer *comparer_of(const struct vordec_plan *plan) {
  return plan->transform_state;
}

#endif
