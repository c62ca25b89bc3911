/* SPDX-License-Identifier: MIT */
/*
 * cpu_encode.h - the optional capability "vordec.encode/1" of this backend, in fp64.
 */
#ifndef VORDEC_CPU_ENCODE_H
#define VORDEC_CPU_ENCODE_H

#include <vordec/backend.h>

extern const struct vordec_encode_interface cpu_encode_interface;

#endif
