/*
 * vulkan_rollout_interface.h - the interface "vordec.rollout/1".
 */
#ifndef VORDEC_VULKAN_ROLLOUT_INTERFACE_H
#define VORDEC_VULKAN_ROLLOUT_INTERFACE_H

#include <vordec/backend.h>

extern const struct vordec_rollout_interface vulkan_rollout_interface;

#endif
