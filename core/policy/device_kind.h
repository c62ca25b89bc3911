/* SPDX-License-Identifier: MIT */
/* What the types of devices come to. */
#ifndef VORDEC_CORE_POLICY_DEVICE_KIND_H
#define VORDEC_CORE_POLICY_DEVICE_KIND_H

#include <stdbool.h>

#include <vordec/types.h>

/* Hardware that is not the host's processor. A software device is none, whatever it calls itself, and neither is one of
 * a type that is not known. */
bool device_is_gpu(enum vordec_device_type type);

/* The host's processor, as a backend of its own or behind a software device. */
bool device_is_cpu(enum vordec_device_type type);

/* Order of preference among a backend's devices; smaller is better. */
int device_rank(enum vordec_device_type type);

#endif
