/* SPDX-License-Identifier: MIT */
/* The residual of the stub that is the example: the conformance suite's own reference, with at most one fault. */
#ifndef VORDEC_TESTS_STUB_RESIDUAL_H
#define VORDEC_TESTS_STUB_RESIDUAL_H

#include "deviations.h"

/* A plan that makes bands; the description's lists are the plan's own. False: too many of them. */
bool stub_residual_enter(const struct vordec_plan *plan, const struct vordec_plan_desc *desc,
                         const struct vordec_residual_setup *setup);
void stub_residual_leave(const struct vordec_plan *plan);
void stub_residual_prepare(const struct vordec_plan *plan, const struct vordec_residual_job *job);

/* Points a job whose states are in z at bands, if its plan makes any; what is returned goes to free() behind it. */
double *stub_residual_attach(const struct vordec_plan *plan, enum fault fault, struct vordec_decode_job *job);

#endif
