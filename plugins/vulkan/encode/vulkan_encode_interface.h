/* SPDX-License-Identifier: MIT */
/*
 * vulkan_encode_interface.h - the interface "vordec.encode/1".
 */
#ifndef VORDEC_VULKAN_ENCODE_INTERFACE_H
#define VORDEC_VULKAN_ENCODE_INTERFACE_H

#include <vordec/backend.h>

extern const struct vordec_encode_interface vulkan_encode_interface;

#endif
