/* SPDX-License-Identifier: MIT */
/*
 * cpu_device.h - the processor as a device.
 */
#ifndef VORDEC_CPU_DEVICE_H
#define VORDEC_CPU_DEVICE_H

#include <vordec/types.h>

/* Describes the processor that this process runs on. Thread-safe. */
void cpu_device_describe(struct vordec_device *device);

#endif
