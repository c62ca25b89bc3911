/* SPDX-License-Identifier: MIT */
/*
 * simulator.h - the steps that tests of simulations take, as assertions.
 */
#ifndef VORDEC_TEST_SIMULATOR_H
#define VORDEC_TEST_SIMULATOR_H

#include "driver.h"

/* The plugin's "vordec.simulate/1"; fails the test if it has none. */
const struct vordec_simulation_interface *simulator_interface(const struct harness *harness);

struct vordec_backend_simulation *simulator_create(const struct harness *harness, struct vordec_session *session,
                                                   const struct vordec_simulation_setup *setup);
void simulator_set(const struct harness *harness, struct vordec_backend_simulation *simulation, uint32_t member,
                   const double *omega);
void simulator_get(const struct harness *harness, struct vordec_backend_simulation *simulation, uint32_t member,
                   double *omega);

/* Takes the steps and checks the evidence: which device, all dispatches, a plausible time. */
struct vordec_simulation_result simulator_advance(const struct harness *harness,
                                                  struct vordec_backend_simulation *simulation, uint32_t steps);

/* One member from a field to a field, `steps` steps in a simulation made for it alone. */
void simulator_run(const struct harness *harness, struct vordec_session *session,
                   const struct vordec_simulation_setup *setup, const double *from, uint32_t steps, double *to);

/* One member, dt 0.01 and constants as they usually are; the FFT is the plugin's choice. */
struct vordec_simulation_setup simulator_usual(uint32_t n, enum vordec_precision precision);

/* Of a - b, root mean square. */
double simulator_distance(const double *a, const double *b, size_t count);
/* Largest |a - b| over the largest |b|. */
double simulator_difference(const double *a, const double *b, size_t count);

#endif
