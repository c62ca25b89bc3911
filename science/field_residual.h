/* SPDX-License-Identifier: MIT */
/*
 * field_residual.h - what smoothing takes from a field: the smoothing that the CPU backend uses, too.
 */
#ifndef VORDEC_SCIENCE_FIELD_RESIDUAL_H
#define VORDEC_SCIENCE_FIELD_RESIDUAL_H

#include <vordec/types.h>

struct field_residual_desc {
  size_t n;              /* 4 .. VORDEC_MAX_N */
  uint32_t smooth_width; /* 1 .. n; odd where the window needs it */
  enum vordec_smooth_kernel smooth_kernel;
  enum vordec_boundary boundary;
  uint32_t threads; /* 0: all */
};

struct field_residual;

/* Assumes a description that obeys the comments above. E_NO_MEMORY. One thread at a time per object. */
enum vordec_status field_residual_create(const struct field_residual_desc *desc, struct field_residual **residual,
                                         struct vordec_error *error);
void field_residual_destroy(struct field_residual *residual); /* accepts NULL */

/* Writes R = field - smoothed field to `r` (both n x n, may be the same). Results do not depend on threads. */
void field_residual_make(struct field_residual *residual, const double *field, double *r);

#endif
