/* SPDX-License-Identifier: MIT */
/*
 * flow_sums.h - a simulation by its definition, in double: derivatives by sums over all modes, no fast transform.
 */
#ifndef VORDEC_TEST_FLOW_SUMS_H
#define VORDEC_TEST_FLOW_SUMS_H

#include <vordec/backend.h>

/* Takes omega (n x n) `steps` steps on. n and all else are the setup's; its members, precision and fft are not read. */
void flow_sums_advance(const struct vordec_simulation_setup *setup, double *omega, uint32_t steps);

/* A field of waves with |kx|, |ky| <= most, the larger k the weaker, its mean `mean`: much the same on any grid. */
void flow_sums_start(uint32_t n, uint32_t most, double mean, uint32_t seed, double *omega);

#endif
