/* SPDX-License-Identifier: MIT */
/*
 * vulkan_comparer_job.h - a comparison.
 */
#ifndef VORDEC_VULKAN_COMPARER_JOB_H
#define VORDEC_VULKAN_COMPARER_JOB_H

#include "vulkan_comparer.h"

/* See struct vordec_compare_interface. */
enum vordec_status vulkan_comparer_run(struct vordec_backend_comparer *comparer, const struct vordec_compare_job *job,
                                       struct vordec_compare_result *result, struct vordec_error *error);

#endif
