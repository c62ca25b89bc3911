/* SPDX-License-Identifier: MIT */
/*
 * readback.h - how the fields that a job asks for come to the host.
 *
 * The device copies a field into the plan's own readback buffer, and the host from there to where it belongs; or, where
 * that lies in memory lent to the host (lent_memory.h), the device copies it there and the host does nothing.
 */
#ifndef VORDEC_VULKAN_READBACK_H
#define VORDEC_VULKAN_READBACK_H

#include "vulkan_plan.h"

#define READBACK_LENT_MAX 3 /* copies to where fields belong */

/* The fields of the pending job that the device copies to where they belong: enum vordec_output bits. */
uint32_t readback_lent(const struct vordec_plan *plan);
/* The segment that reads an output of one kind back into the plan's own buffer. */
enum plan_segment readback_segment(enum vordec_output output);
/* Copies the job's other fields to where they belong. The device has finished, and its writes are visible. */
void readback_finish(const struct vordec_plan *plan);

#endif
