/* SPDX-License-Identifier: MIT */
/*
 * vulkan_simulation_steps.h - the steps of a simulation, submitted in rounds.
 */
#ifndef VORDEC_VULKAN_SIMULATION_STEPS_H
#define VORDEC_VULKAN_SIMULATION_STEPS_H

#include "vulkan_simulation.h"

/* The failure that cost members `first` .. `end` - 1 their fields, or the session, if there was one. */
enum vordec_status vulkan_simulation_check(const struct vordec_backend_simulation *simulation, uint32_t first,
                                           uint32_t end, struct vordec_error *error);

/* As advance() of "vordec.simulate/1". */
enum vordec_status vulkan_simulation_advance(struct vordec_backend_simulation *simulation, uint32_t steps,
                                             struct vordec_simulation_result *result, struct vordec_error *error);

#endif
