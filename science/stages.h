/*
 * stages.h - the mask stage of a decode, applied to any field: the CPU backend's own smoothing, threshold and majority.
 */
#ifndef VORDEC_SCIENCE_STAGES_H
#define VORDEC_SCIENCE_STAGES_H

#include <vordec/types.h>

struct stages_desc {
  size_t n;              /* 4 .. VORDEC_MAX_N */
  uint32_t smooth_width; /* 1 .. n; odd for the triangle */
  enum vordec_smooth_kernel smooth_kernel;
  enum vordec_boundary boundary;
  double tau; /* 0 < tau <= 1 */
  uint32_t majority_iters;
  uint32_t threads; /* 0: all */
};

struct stages;

/* Assumes a description that obeys the comments above. E_NO_MEMORY. One thread at a time per object. */
enum vordec_status stages_create(const struct stages_desc *desc, struct stages **stages, struct vordec_error *error);
void stages_destroy(struct stages *stages); /* accepts NULL */

/* Writes R = field - smoothed field to `residual` (both n x n, may be the same). Results do not depend on threads. */
void stages_residual(struct stages *stages, const double *field, double *residual);

/* The same, and returns the share of the cells where the mask of the field is not 0. */
double stages_support(struct stages *stages, const double *field, double *residual);

#endif
