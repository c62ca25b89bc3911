/*
 * cpu_rollout.h - the optional capability "vordec.rollout/1" of this backend.
 */
#ifndef VORDEC_CPU_ROLLOUT_H
#define VORDEC_CPU_ROLLOUT_H

#include <vordec/backend.h>

extern const struct vordec_rollout_interface cpu_rollout_interface;

/* Copies the state that a rollout holds now: as many doubles as it was set up with. */
void cpu_rollout_state(const struct vordec_backend_rollout *rollout, double *z);

#endif
