/* SPDX-License-Identifier: MIT */
/*
 * vulkan_compare_interface.h - the interface "vordec.compare/1".
 */
#ifndef VORDEC_VULKAN_COMPARE_INTERFACE_H
#define VORDEC_VULKAN_COMPARE_INTERFACE_H

#include <vordec/backend.h>

extern const struct vordec_compare_interface vulkan_compare_interface;

#endif
