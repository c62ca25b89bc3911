/* SPDX-License-Identifier: MIT */
/*
 * cpu_flow.h - a simulation by decode_cpu.so, in double: what flow_sums.h is for grids too large for sums.
 */
#ifndef VORDEC_TEST_CPU_FLOW_H
#define VORDEC_TEST_CPU_FLOW_H

#include <vordec/backend.h>

/* Takes omega (n x n) `steps` steps on, on all processors. The setup's members, precision and fft are not read. Fails
 * the test if there is no decode_cpu.so beside VORDEC_TEST_PLUGIN. */
void cpu_flow_advance(const struct vordec_simulation_setup *setup, double *omega, uint32_t steps);

#endif
