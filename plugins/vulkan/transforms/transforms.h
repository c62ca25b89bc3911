/* SPDX-License-Identifier: MIT */
/*
 * transforms.h - the list of transforms.
 */
#ifndef VORDEC_VULKAN_TRANSFORMS_H
#define VORDEC_VULKAN_TRANSFORMS_H

#include "transform.h"

/* Their names, in the order in which they are offered; NULL-terminated. */
extern const char *const transform_names[];

/* NULL: none has this name. */
const struct transform *transform_find(const char *name);

#endif
