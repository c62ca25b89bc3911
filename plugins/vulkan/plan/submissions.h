/* SPDX-License-Identifier: MIT */
/*
 * submissions.h - a chunk's segments go to the device: in one submission, unless that would take too long.
 *
 * Segments are expected to take what they took before; one of which nothing is known goes ahead if it is small. What
 * fits into half of the session's submission_ms is one submission, which is waited for later. Otherwise segments go in
 * several, each awaited, and one that is too long by itself piece by piece (pacing.h).
 */
#ifndef VORDEC_VULKAN_SUBMISSIONS_H
#define VORDEC_VULKAN_SUBMISSIONS_H

#include "vulkan_plan.h"

/* Starts the segments of the plan's pending list. Afterwards the list has those whose marks are still to be read, and
 * pending.awaited says whether all are done; otherwise the plan's fence tells. */
enum vordec_status submissions_start(struct vordec_plan *plan, struct vordec_error *error);

#endif
