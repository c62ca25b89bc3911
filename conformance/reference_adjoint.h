/* SPDX-License-Identifier: MIT */
/*
 * reference_adjoint.h - the derivatives of "vordec.adjoint/1" by their definition, in double, a sum over all cells for
 * each coefficient. Shares no code with any backend.
 */
#ifndef VORDEC_CONFORMANCE_REFERENCE_ADJOINT_H
#define VORDEC_CONFORMANCE_REFERENCE_ADJOINT_H

#include <vordec/backend.h>

/* Of one state; arrays are the caller's. */
struct reference_adjoint {
  const double *omega_lp, *omega_hat; /* n x n cotangents; NULL: 0 */
  const int8_t *mask;                 /* n x n; NULL unless residual is set */
  uint32_t kept;
  double *z;        /* d */
  double *residual; /* n x n; NULL: not wanted */
};

/* O(n^2) for each coefficient; aborts without memory. */
void reference_adjoint(const struct vordec_plan_desc *desc, const struct reference_adjoint *state);

#endif
