/* SPDX-License-Identifier: MIT */
/*
 * vulkan_adjoint_interface.h - the interfaces "vordec.adjoint/1" and "vordec.adjoint/2".
 */
#ifndef VORDEC_VULKAN_ADJOINT_INTERFACE_H
#define VORDEC_VULKAN_ADJOINT_INTERFACE_H

#include <vordec/backend.h>

extern const struct vordec_adjoint_interface vulkan_adjoint_interface;
extern const struct vordec_adjoint_shared_interface vulkan_adjoint_shared_interface;

#endif
