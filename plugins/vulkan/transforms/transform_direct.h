/* SPDX-License-Identifier: MIT */
/*
 * transform_direct.h - the direct transform: sums over the few modes that there are, column by column, then row by row.
 */
#ifndef VORDEC_VULKAN_TRANSFORM_DIRECT_H
#define VORDEC_VULKAN_TRANSFORM_DIRECT_H

#include "transform.h"

#define TRANSFORM_DIRECT_NAME "direct"

extern const struct transform transform_direct;

#endif
