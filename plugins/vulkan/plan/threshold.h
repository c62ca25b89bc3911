/* SPDX-License-Identifier: MIT */
/*
 * threshold.h - the mask's threshold as kernels take it.
 */
#ifndef VORDEC_VULKAN_THRESHOLD_H
#define VORDEC_VULKAN_THRESHOLD_H

#include "vulkan_plan.h"

/* tau in the plan's precision, as push constants carry it. */
struct tau_bits {
  uint32_t lo, hi;
};
struct tau_bits tau_bits_of(const struct vordec_plan *plan);

#endif
