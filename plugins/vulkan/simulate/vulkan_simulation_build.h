/* SPDX-License-Identifier: MIT */
/*
 * vulkan_simulation_build.h - making a simulation that takes its steps in a given way.
 */
#ifndef VORDEC_VULKAN_SIMULATION_BUILD_H
#define VORDEC_VULKAN_SIMULATION_BUILD_H

#include "vulkan_simulation.h"

/* As create() of "vordec.simulate/1", with setup->fft left out; E_UNSUPPORTED with REASON_FFT_SIZE if the way does not
 * serve this N, precision or device. Fills in `info`, but for fft_reason. */
enum vordec_status vulkan_simulation_build(struct vordec_session *session, const struct vordec_simulation_setup *setup,
                                           const struct simulation_way *way, struct vordec_backend_simulation **out,
                                           struct vordec_plan_info *info, struct vordec_error *error);
/* Has the driver compile the kernels of all ways that `auto` tries for the setup, several at once. */
enum vordec_status vulkan_simulation_prepare(struct vordec_session *session,
                                             const struct vordec_simulation_setup *setup, struct vordec_error *error);
/* Accepts NULL, and what is half-built. */
void vulkan_simulation_destroy(struct vordec_backend_simulation *simulation);

#endif
