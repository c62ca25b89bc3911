/*
 * field_mask.h - the mask stage of a decode, applied to any field: the smoothing, threshold and majority that the CPU
 * backend uses, too.
 */
#ifndef VORDEC_SCIENCE_FIELD_MASK_H
#define VORDEC_SCIENCE_FIELD_MASK_H

#include <vordec/types.h>

#include "core/base/mask_rim.h"

struct field_mask_desc {
  size_t n;              /* 4 .. VORDEC_MAX_N */
  uint32_t smooth_width; /* 1 .. n; odd where the window needs it */
  enum vordec_smooth_kernel smooth_kernel;
  enum vordec_boundary boundary;
  double tau; /* 0 < tau <= 1 */
  uint32_t majority_iters;
  uint32_t threads; /* 0: all */
};

struct field_mask;

/* Assumes a description that obeys the comments above. E_NO_MEMORY. One thread at a time per object. */
enum vordec_status field_mask_create(const struct field_mask_desc *desc, struct field_mask **mask,
                                     struct vordec_error *error);
void field_mask_destroy(struct field_mask *mask); /* accepts NULL */

/* Writes R = field - smoothed field to `residual` (both n x n, may be the same). Results do not depend on threads. */
void field_mask_residual(struct field_mask *mask, const double *field, double *residual);

/* The same, and returns the share of the cells where the mask of the field is not 0. */
double field_mask_support(struct field_mask *mask, const double *field, double *residual);

/* Of the mask that field_mask_support() made last. Not crowded if the boundary is periodic. */
struct mask_rim field_mask_rim(const struct field_mask *mask);

#endif
