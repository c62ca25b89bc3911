/* SPDX-License-Identifier: MIT */
/*
 * encoder_source.h - where the kernels of an encoder find the fields: in PLAN_OMEGA_LP, or, without a copy, where a
 * simulation has them.
 *
 * That takes fields in the encoder's precision, and as many of them as a chunk has places. SEGMENT_UNPACK and
 * SEGMENT_MAIN are recorded anew when the fields are elsewhere than they were for the job before.
 */
#ifndef VORDEC_VULKAN_ENCODER_SOURCE_H
#define VORDEC_VULKAN_ENCODER_SOURCE_H

#include "plan/vulkan_plan.h"

/* The sets of kernels that read the fields; bound anew when these are elsewhere. */
struct encoder_source {
  VkDescriptorSet rows, columns, sums; /* of window_rows, window_columns, adjoint_rows */
  VkDescriptorSet take;                /* of take_field */
  bool moves;                          /* those kernels are all that read the fields */
  uint64_t of;                         /* the simulation whose memory it is; 0: PLAN_OMEGA_LP */
  uint32_t first_at;                   /* value number that the fields begin with */
  bool known;                          /* the segments are recorded for that */
};

/* Makes the sets, of PLAN_OMEGA_LP, of one that is zeroed but for `moves`. */
enum vordec_status encoder_source_create(const struct vordec_plan *plan, struct encoder_source *source,
                                         struct vordec_error *error);

/* Before a chunk of a job: its fields are those of a simulation from a member on, or, `from` being NULL, the host's. */
enum vordec_status encoder_source_choose(struct vordec_plan *plan, struct encoder_source *source,
                                         const struct vordec_backend_simulation *from, uint32_t first_member,
                                         struct vordec_error *error);

#endif
