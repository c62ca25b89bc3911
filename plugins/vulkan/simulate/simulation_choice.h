/* SPDX-License-Identifier: MIT */
/*
 * simulation_choice.h - in which way a simulation takes its steps: as asked, or as measured.
 */
#ifndef VORDEC_VULKAN_SIMULATION_CHOICE_H
#define VORDEC_VULKAN_SIMULATION_CHOICE_H

#include "vulkan_simulation.h"

/* By setup->fft. `auto` measures all ways that serve the setup with one member, so that a member's bits do not depend
 * on how many there are, and keeps the times (gpu/timings.h). A software device is not measured. reason: why, where
 * auto chose; else empty. Errors: E_UNSUPPORTED with REASON_NO_FFT; what measuring fails with, where nobody may go on.
 */
enum vordec_status simulation_choose(struct vordec_session *session, const struct vordec_simulation_setup *setup,
                                     const struct simulation_way **way, char reason[160], struct vordec_error *error);

#endif
