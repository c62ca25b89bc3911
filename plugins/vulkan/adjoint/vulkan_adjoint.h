/* SPDX-License-Identifier: MIT */
/*
 * vulkan_adjoint.h - gradients on the device: the transpose of a decode, with the mask as a weight.
 *
 * An adjoint is a plan whose jobs are not decodes: PLAN_OMEGA_LP and PLAN_FIELD_B are the cotangents of omega_lp and of
 * omega_hat, and the sums of both over low and kept modes (adjoint_sums.h) are the derivatives by coefficients, the
 * former's and the latter's for low ones, the latter's for kept ones. The derivative by the residual is made by the
 * kernel of the combine stage, of a field of zeros in omega_lp's place.
 */
#ifndef VORDEC_VULKAN_ADJOINT_H
#define VORDEC_VULKAN_ADJOINT_H

#include "adjoint_sums.h"

struct segment_script;

/* Of cotangents the first that come are SEGMENT_UPLOAD or SEGMENT_UNPACK, which reset all time marks; those that others
 * write are there already, and SEGMENT_TAKE_Z begins. Sums: where one of the fields is not given, the other stands for
 * both. */
enum adjoint_segment {
  ADJOINT_UPLOAD_LP = SEGMENT_UPLOAD,
  ADJOINT_UPLOAD_HAT = SEGMENT_UNPACK,
  ADJOINT_CLEAR = SEGMENT_TAKE_Z,
  ADJOINT_SUMS = SEGMENT_MAIN,
  ADJOINT_GATE = SEGMENT_COMBINE,
  ADJOINT_SUMS_LP,
  ADJOINT_SUMS_HAT,
  ADJOINT_UPLOAD_HAT_TOO,
  ADJOINT_READ_SUMS = SEGMENT_READ_SCALARS,
  ADJOINT_READ_RESIDUAL = SEGMENT_READ_HAT
};

struct vordec_backend_adjoint {
  struct vordec_session *session;
  struct vordec_plan *plan;
  uint32_t d, m, kept; /* of the states; the table's modes: m low ones, then kept ones */
  uint32_t outputs;    /* those whose cotangents may come */
  bool gates;          /* derivatives by a residual may be asked for */
  bool shared;         /* others write cotangents and see derivatives: "vordec.adjoint/2" */
  struct adjoint_sums sums;
};

/* The plan's adjoint. */
static inline struct vordec_backend_adjoint *adjoint_of(const struct vordec_plan *plan) {
  return plan->transform_state;
}

/* Makes the plan of an adjoint that has its session and runs every kernel once; fills *info but for the bytes of the
 * adjoint itself. What has been made stays on failure; vulkan_plan_destroy() frees it. */
enum vordec_status vulkan_adjoint_plan_create(struct vordec_backend_adjoint *adjoint,
                                              const struct vordec_plan_desc *desc, struct vordec_plan_info *info,
                                              struct vordec_error *error);

/* The segments that a job takes. */
struct segment_list vulkan_adjoint_segments(const struct vordec_backend_adjoint *adjoint, bool lp, bool hat, bool z,
                                            bool residual);
/* What became of the plan's pending job. */
void vulkan_adjoint_tell(const struct vordec_backend_adjoint *adjoint, struct vordec_adjoint_result *result);

/* See struct vordec_adjoint_interface. */
enum vordec_status vulkan_adjoint_run(struct vordec_backend_adjoint *adjoint, const struct vordec_adjoint_job *job,
                                      struct vordec_adjoint_result *result, struct vordec_error *error);

#endif
