/* SPDX-License-Identifier: MIT */
/*
 * transposing.h - gradients by the plugin under test, driven through the table of "vordec.adjoint/1". What fails is
 * recorded as a shortfall of the running check.
 */
#ifndef VORDEC_CONFORMANCE_TRANSPOSING_H
#define VORDEC_CONFORMANCE_TRANSPOSING_H

#include "suite.h"

/* What comes in for `count` states, and what goes out; all in double, whose inputs single precision holds, too. */
struct transposed {
  uint32_t count;
  double *omega_lp, *omega_hat; /* count x n x n; which of them a job has, transposing_run() is told */
  int8_t *mask;                 /* count x n x n */
  uint32_t *kept;               /* count */
  double *z, *residual;         /* what came of it: count x d, count x n x n */
};

/* Noise for cotangents and masks, states from number `first` of a series on. K goes from 0 to the description's most.
 */
struct transposed transposed_make(const struct vordec_plan_desc *desc, uint32_t first, uint32_t count);
void transposed_release(struct transposed *transposed);

/* NULL: it fell short, or, where the FFT was named, that makes no gradients of the kind. */
struct vordec_backend_adjoint *transposing_start(struct suite *suite, struct vordec_session *session,
                                                 const struct vordec_plan_desc *desc);

/* What a job has, and what it asks for. */
struct transposing_parts {
  bool omega_lp, omega_hat, z, residual;
};

/* From and to arrays between guard pages. Memory that the plugin takes meanwhile, and outputs that it leaves, are
 * shortfalls. host_ms: how long the call took; may be NULL, as result may. */
bool transposing_run(struct suite *suite, const struct vordec_plan_desc *desc, struct vordec_backend_adjoint *adjoint,
                     const struct transposing_parts *parts, struct transposed *transposed,
                     struct vordec_adjoint_result *result, double *host_ms);

#endif
