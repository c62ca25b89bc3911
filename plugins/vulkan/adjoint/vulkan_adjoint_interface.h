/* SPDX-License-Identifier: MIT */
/*
 * vulkan_adjoint_interface.h - the interface "vordec.adjoint/1".
 */
#ifndef VORDEC_VULKAN_ADJOINT_INTERFACE_H
#define VORDEC_VULKAN_ADJOINT_INTERFACE_H

#include <vordec/backend.h>

extern const struct vordec_adjoint_interface vulkan_adjoint_interface;

#endif
