/* SPDX-License-Identifier: MIT */
/*
 * mode_sums.h - direct sums of the modes of a table: of the low ones (the direct transform, and what VkFFT is checked
 * against), and of the kept ones, whatever transforms the low ones.
 */
#ifndef VORDEC_VULKAN_MODE_SUMS_H
#define VORDEC_VULKAN_MODE_SUMS_H

#include "record.h"

/* PLAN_COEF -> PLAN_MODE_SPECTRUM, the compact spectrum of the low modes. */
void record_low_spectrum(struct recorder *recorder);
/* PLAN_MODE_SPECTRUM -> PLAN_LINES, along y -> a field, along x. */
void record_low_sums(struct recorder *recorder, enum plan_buffer field);

/* Does the same, in both steps, for the kept modes. */
void record_kept_sums(struct recorder *recorder, enum plan_buffer field);

#endif
