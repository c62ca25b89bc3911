/*
 * rollout_interface.h - the optional capability "vordec.rollout/1" of this backend.
 */
#ifndef VORDEC_CPU_ROLLOUT_INTERFACE_H
#define VORDEC_CPU_ROLLOUT_INTERFACE_H

#include <vordec/backend.h>

/* The get_interface() slot of the backend's table (vordec/backend.h). */
const void *cpu_get_interface(const char *name);

/* Copies the state that a rollout holds now: as many doubles as it was set up with. */
void cpu_rollout_state(const struct vordec_backend_rollout *rollout, double *z);

#endif
