/* SPDX-License-Identifier: MIT */
/*
 * reduce.h - reductions of a field to partial results, one a workgroup, which the host folds.
 */
#ifndef VORDEC_VULKAN_REDUCE_H
#define VORDEC_VULKAN_REDUCE_H

#include "record.h"

/* Records one reduction into a slot of PLAN_PARTIALS: KERNEL_ABSMAX, KERNEL_SUPPORT or KERNEL_MEAN_SQUARE. `gated`:
 * over the mask's support only (mean_square). */
void record_reduce(struct recorder *recorder, enum kernel kernel, enum plan_buffer field, enum partial_slot slot,
                   bool gated);

/* Where a slot begins in PLAN_PARTIALS, counted in values. */
uint32_t partial_offset(const struct vordec_plan *plan, enum partial_slot slot);

#endif
