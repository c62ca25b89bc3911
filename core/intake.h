/* SPDX-License-Identifier: MIT */
/* What plugins hand over, made safe to show, to compare and to compute with: once, where it enters the core. */
#ifndef VORDEC_CORE_INTAKE_H
#define VORDEC_CORE_INTAKE_H

#include <vordec/backend.h>

/* Called before a slot that may fail: a plugin need not fill what it is handed. */
void intake_ready(struct vordec_error *error);
/* Called after it: returns the slot's status, as one that exists, with an error that has a message and agrees with it.
 */
enum vordec_status intake_status(enum vordec_status status, struct vordec_error *error);

/* Copies `theirs` up to its struct_size. A type that does not exist becomes OTHER, a reason that does not exist
 * DEVICE_UNSUITABLE. */
void intake_device(struct vordec_device *ours, const struct vordec_device *theirs);
void intake_evidence(struct vordec_evidence *evidence);
void intake_plan_info(struct vordec_plan_info *info);
void intake_simulation(struct vordec_simulation_result *result);
void intake_bandwidth(struct vordec_bandwidth_result *result);

/* Says whether an FFT may have this name: [a-z0-9-]+, and it fits into a plan's report. */
bool intake_is_fft_name(const char *name);

#endif
