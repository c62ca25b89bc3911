/* SPDX-License-Identifier: MIT */
/*
 * cpu_rollout.h - the optional capabilities "vordec.rollout/1", "vordec.rollout/2" and "vordec.trail/1" of this
 * backend.
 */
#ifndef VORDEC_CPU_ROLLOUT_H
#define VORDEC_CPU_ROLLOUT_H

#include <vordec/backend.h>

/* For both interfaces: a rollout of one state is a batch of one. */
extern const struct vordec_rollout_interface cpu_rollout_interface;

extern const struct vordec_trail_interface cpu_trail_interface;

/* Copies some of the states that a rollout holds now: count x d doubles. */
void cpu_rollout_states(const struct vordec_backend_rollout *rollout, uint32_t first, uint32_t count, double *z);

/* Copies one of the states as it is now: d doubles. */
void cpu_rollout_state(const struct vordec_backend_rollout *rollout, size_t state, double *z);

/* What all of its states have in common. */
struct cpu_rollout_shape {
  size_t d, states;
  enum vordec_precision precision; /* that its steps are taken in */
};

struct cpu_rollout_shape cpu_rollout_shape(const struct vordec_backend_rollout *rollout);

#endif
