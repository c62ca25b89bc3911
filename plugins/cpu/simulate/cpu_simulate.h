/*
 * cpu_simulate.h - the optional capability "vordec.simulate/1" of this backend, in fp64.
 */
#ifndef VORDEC_CPU_SIMULATE_H
#define VORDEC_CPU_SIMULATE_H

#include <vordec/backend.h>

extern const struct vordec_simulation_interface cpu_simulation_interface;

#endif
