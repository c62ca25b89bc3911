/* SPDX-License-Identifier: MIT */
/*
 * cpu_simulate.h - the optional capability "vordec.simulate/1" of this backend, in fp64.
 */
#ifndef VORDEC_CPU_SIMULATE_H
#define VORDEC_CPU_SIMULATE_H

#include <vordec/backend.h>

extern const struct vordec_simulation_interface cpu_simulation_interface;

/* A member's vorticity as it is now: n rows that are cpu_simulation_pitch(n) doubles apart, each aligned. */
const double *cpu_simulation_field(const struct vordec_backend_simulation *simulation, size_t member);
size_t cpu_simulation_pitch(size_t n);
/* N and the number of members. */
size_t cpu_simulation_n(const struct vordec_backend_simulation *simulation);
size_t cpu_simulation_members(const struct vordec_backend_simulation *simulation);
/* Copies a member's vorticity as it is now: n x n. */
void cpu_simulation_copy(const struct vordec_backend_simulation *simulation, size_t member, double *omega);

#endif
