/* SPDX-License-Identifier: MIT */
/*
 * fused_sizes.h - how the passes of a fused step are cut into workgroups. Pure.
 */
#ifndef VORDEC_VULKAN_FUSED_SIZES_H
#define VORDEC_VULKAN_FUSED_SIZES_H

#include "simulation_way.h"
#include "vulkan_simulation_sizes.h"

/* Returns false if the way does not serve this N, or not on a device with these limits. sizes->shares, which changes no
 * bit, depends on the members; nothing else does. */
bool fused_sizes_settle(const VkPhysicalDeviceLimits *limits, const struct simulation_way *way,
                        const struct simulation_shape *shape, struct vulkan_simulation_sizes *sizes);

#endif
