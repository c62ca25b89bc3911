/* SPDX-License-Identifier: MIT */
/*
 * cpu_compare.h - the optional capability "vordec.compare/1" of this backend.
 */
#ifndef VORDEC_CPU_COMPARE_H
#define VORDEC_CPU_COMPARE_H

#include <vordec/backend.h>

extern const struct vordec_compare_interface cpu_compare_interface;

#endif
