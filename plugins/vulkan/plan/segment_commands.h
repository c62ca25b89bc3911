/* SPDX-License-Identifier: MIT */
/*
 * segment_commands.h - a segment's command buffer: begun, marked, ended.
 */
#ifndef VORDEC_VULKAN_SEGMENT_COMMANDS_H
#define VORDEC_VULKAN_SEGMENT_COMMANDS_H

#include "vulkan_plan.h"

/* Empties the segment, allocates its command buffer unless it has one, begins it, labels it, and writes the first time
 * mark. *call names what failed. */
VkResult segment_begin(struct vordec_plan *plan, enum plan_segment id, const char *label, const char **call);

/* Ends it. */
VkResult segment_end(const struct vordec_plan *plan, struct segment *segment);

/* Makes what was written so far seen by whatever follows; by the host, too, where it came from a copy. On the queue
 * that copies, by and of what it has. */
void segment_barrier(const struct vordec_plan *plan, const struct segment *segment, bool host);

/* Writes a time mark: what was recorded since the last one belongs to the stage. */
void segment_mark(const struct vordec_plan *plan, struct segment *segment, enum vordec_stage stage);

#endif
