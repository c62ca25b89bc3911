/* SPDX-License-Identifier: MIT */
/*
 * unit_root.h - roots of unity, and tables of numbers in a plan's precision.
 */
#ifndef VORDEC_VULKAN_UNIT_ROOT_H
#define VORDEC_VULKAN_UNIT_ROOT_H

#include <complex.h>
#include <stdint.h>

/* exp(2 pi i j / n), accurate and with the exact symmetries of the circle, for any j. */
double complex unit_root(uint64_t j, uint64_t n);

#endif
