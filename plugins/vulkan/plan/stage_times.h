/* SPDX-License-Identifier: MIT */
/*
 * stage_times.h - what the time marks of a segment say.
 */
#ifndef VORDEC_VULKAN_STAGE_TIMES_H
#define VORDEC_VULKAN_STAGE_TIMES_H

#include "vulkan_plan.h"

/* Milliseconds of the intervals of a finished segment: ms[i] from mark i - 1 to mark i, ms[0] = 0. VK_NOT_READY: a mark
 * is missing. The plan has time marks. */
VkResult stage_times_read(const struct vordec_plan *plan, const struct segment *segment, double ms[PLAN_MARKS_MAX]);

#endif
