/* SPDX-License-Identifier: MIT */
/*
 * cpu_shelf.h - copies of what a simulation or a rollout holds: "vordec.shelf/1", by addresses.
 */
#ifndef VORDEC_CPU_SHELF_H
#define VORDEC_CPU_SHELF_H

#include <vordec/backend.h>

extern const struct vordec_shelf_interface cpu_shelf_interface;

#endif
