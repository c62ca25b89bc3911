/* SPDX-License-Identifier: MIT */
/*
 * vulkan_rollout_interface.h - the interfaces "vordec.rollout/1", "vordec.rollout/2" and "vordec.trail/1".
 */
#ifndef VORDEC_VULKAN_ROLLOUT_INTERFACE_H
#define VORDEC_VULKAN_ROLLOUT_INTERFACE_H

#include <vordec/backend.h>

/* For both: of one state it is a batch of one. */
extern const struct vordec_rollout_interface vulkan_rollout_interface;
extern const struct vordec_trail_interface vulkan_trail_interface;

#endif
