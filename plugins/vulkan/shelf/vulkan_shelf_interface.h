/* SPDX-License-Identifier: MIT */
/*
 * vulkan_shelf_interface.h - the optional capability "vordec.shelf/1" of this backend.
 */
#ifndef VORDEC_VULKAN_SHELF_INTERFACE_H
#define VORDEC_VULKAN_SHELF_INTERFACE_H

#include <vordec/backend.h>

extern const struct vordec_shelf_interface vulkan_shelf_interface;

#endif
