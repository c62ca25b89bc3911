/* SPDX-License-Identifier: MIT */
/*
 * cpu_rollout.h - the optional capabilities "vordec.rollout/1" and "vordec.rollout/2" of this backend.
 */
#ifndef VORDEC_CPU_ROLLOUT_H
#define VORDEC_CPU_ROLLOUT_H

#include <vordec/backend.h>

/* For both: of one state it is a batch of one. */
extern const struct vordec_rollout_interface cpu_rollout_interface;

/* Copies one of the states that a rollout holds now: d doubles. */
void cpu_rollout_state(const struct vordec_backend_rollout *rollout, uint32_t state, double *z);

#endif
