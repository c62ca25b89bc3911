/* SPDX-License-Identifier: MIT */
/*
 * reference_flow.h - a step of "vordec.simulate/1" by its definition, in double, with sums for transforms. Shares no
 * code with any backend.
 */
#ifndef VORDEC_CONFORMANCE_REFERENCE_FLOW_H
#define VORDEC_CONFORMANCE_REFERENCE_FLOW_H

#include <vordec/backend.h>

/* Takes omega (n x n) one step on. O(n^3); aborts without memory. */
void reference_flow_step(const struct vordec_simulation_setup *setup, double *omega);

#endif
