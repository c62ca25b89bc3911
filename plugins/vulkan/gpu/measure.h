/* SPDX-License-Identifier: MIT */
/*
 * measure.h - what all measurements of a device have in common.
 */
#ifndef VORDEC_VULKAN_MEASURE_H
#define VORDEC_VULKAN_MEASURE_H

#include "gpu.h"

/* Returns as many bytes as asked for, but at most half of what the device has left, so that nothing else is pushed out.
 */
uint64_t measure_bytes(const struct gpu *gpu, uint64_t asked);

/* Sorts the values; count is odd. */
double measure_median(double *values, size_t count);

#endif
