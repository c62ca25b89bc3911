/* SPDX-License-Identifier: MIT */
/*
 * vulkan_simulation_interface.h - the interface "vordec.simulate/1".
 */
#ifndef VORDEC_VULKAN_SIMULATION_INTERFACE_H
#define VORDEC_VULKAN_SIMULATION_INTERFACE_H

#include <vordec/backend.h>

extern const struct vordec_simulation_interface vulkan_simulation_interface;

#endif
