/* SPDX-License-Identifier: MIT */
/*
 * vulkan_bandwidth.h - the optional capability "vordec.bandwidth/1": vkCmdFillBuffer between two time marks.
 */
#ifndef VORDEC_VULKAN_BANDWIDTH_H
#define VORDEC_VULKAN_BANDWIDTH_H

#include <vordec/backend.h>

extern const struct vordec_bandwidth_interface vulkan_bandwidth_interface;

#endif
