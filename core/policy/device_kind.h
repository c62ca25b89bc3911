/* SPDX-License-Identifier: MIT */
/* What the types of devices mean for the policy. Any thread. */
#ifndef VORDEC_CORE_POLICY_DEVICE_KIND_H
#define VORDEC_CORE_POLICY_DEVICE_KIND_H

#include <stdbool.h>

#include <vordec/types.h>

/* Whether a device of this type is hardware other than the host's processor. A software device is not, whatever it
 * calls itself, and neither is a device of a type that is not known. */
bool device_is_gpu(enum vordec_device_type type);

/* Whether a device of this type is the host's processor, as a backend of its own or behind a software device. */
bool device_is_cpu(enum vordec_device_type type);

/* The order in which a backend's devices are preferred; smaller is better. */
int device_rank(enum vordec_device_type type);

#endif
