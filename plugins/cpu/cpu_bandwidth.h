/* SPDX-License-Identifier: MIT */
/*
 * cpu_bandwidth.h - the optional capability "vordec.bandwidth/1" of this backend: all threads fill memory at once.
 */
#ifndef VORDEC_CPU_BANDWIDTH_H
#define VORDEC_CPU_BANDWIDTH_H

#include <vordec/backend.h>

extern const struct vordec_bandwidth_interface cpu_bandwidth_interface;

#endif
