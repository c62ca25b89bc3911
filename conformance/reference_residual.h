/* SPDX-License-Identifier: MIT */
/*
 * reference_residual.h - the bands of "vordec.residual/1" by their definition: sums over all modes of the full
 * spectrum.
 */
#ifndef VORDEC_CONFORMANCE_REFERENCE_RESIDUAL_H
#define VORDEC_CONFORMANCE_REFERENCE_RESIDUAL_H

#include <vordec/backend.h>

/* One state of a plan and what is to be made of it. */
struct reference_residual {
  const struct vordec_plan_desc *desc;
  const struct vordec_residual_setup *setup;
  const double *z; /* d */
  uint32_t step;
  const double *phase[2]; /* NULL: drawn */
};

/* Fills field (n x n) with a band, 0 mid or 1 high, and returns n E, at least 0. O(n^3). Aborts without memory. */
double reference_residual_band(const struct reference_residual *residual, uint32_t band, double *field);

#endif
