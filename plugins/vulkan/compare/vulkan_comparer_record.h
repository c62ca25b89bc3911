/* SPDX-License-Identifier: MIT */
/*
 * vulkan_comparer_record.h - what the segments of a comparer's plan do.
 */
#ifndef VORDEC_VULKAN_COMPARER_RECORD_H
#define VORDEC_VULKAN_COMPARER_RECORD_H

#include "vulkan_comparer.h"

struct segment_script;

extern const struct segment_script compare_script;

/* Points the comparer's own sets to what its job names; without a job to the first field. Nothing that uses them is
 * under way. */
void vulkan_comparer_bind(const struct vordec_backend_comparer *comparer);

#endif
