/* SPDX-License-Identifier: MIT */
/*
 * transform_pruned.h - the pruned transform: only the columns of the spectrum that hold a mode are carried, smoothing
 * is done on them, and rows of omega_lp and of R are sums of a few terms (shaders/transforms/pruned.glsl).
 *
 * It covers stages 1 to 3. On small grids one kernel does all of it, which counts as mask.
 */
#ifndef VORDEC_VULKAN_TRANSFORM_PRUNED_H
#define VORDEC_VULKAN_TRANSFORM_PRUNED_H

#include "transform.h"

#define TRANSFORM_PRUNED_NAME "pruned"

extern const struct transform transform_pruned;

#endif
