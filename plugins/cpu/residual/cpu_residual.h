/* SPDX-License-Identifier: MIT */
/*
 * cpu_residual.h - the optional capability "vordec.residual/1" of this backend.
 */
#ifndef VORDEC_CPU_RESIDUAL_H
#define VORDEC_CPU_RESIDUAL_H

#include <vordec/backend.h>

extern const struct vordec_residual_interface cpu_residual_interface;

#endif
