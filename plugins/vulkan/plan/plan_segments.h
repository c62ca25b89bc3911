/* SPDX-License-Identifier: MIT */
/*
 * plan_segments.h - recording the segments that jobs submit.
 */
#ifndef VORDEC_VULKAN_PLAN_SEGMENTS_H
#define VORDEC_VULKAN_PLAN_SEGMENTS_H

#include "vulkan_plan.h"

struct recorder;

/* What the plan's jobs do: a struct of functions for each kind of job. */
struct segment_script {
  const char *(*label)(enum plan_segment id);
  void (*record)(struct recorder *recorder, enum plan_segment id);
  bool (*needs)(const struct vordec_plan *plan, enum plan_segment id); /* whether a job may need it */
  void (*warm_up)(struct recorder *recorder);                          /* every kernel once */
  bool copies_apart; /* large readbacks go to the queue that copies, where there is one */
};

extern const struct segment_script decode_script;

/* Records all that the plan's jobs may submit; the plan has its buffers and its transform. */
enum vordec_status plan_segments_record(struct vordec_plan *plan, struct vordec_error *error);

/* Records one of them, or records it again. */
enum vordec_status plan_segment_record(struct vordec_plan *plan, enum plan_segment id, struct vordec_error *error);

/* Does the same with the descriptor sets that it had, whose buffers have not changed. */
enum vordec_status plan_segment_record_again(struct vordec_plan *plan, enum plan_segment id,
                                             struct vordec_error *error);

/* Does one of them piece by piece and waits for each: see pacing.h. Adds its times and dispatches to the result. For a
 * trial, `states` of the chunk's only, and not all that there is to copy; else 0. */
enum vordec_status plan_segment_pace(struct vordec_plan *plan, enum plan_segment id, uint32_t states,
                                     struct vordec_decode_result *result, struct vordec_error *error);

/* Runs a workgroup of every kernel. */
enum vordec_status plan_segments_warm_up(struct vordec_plan *plan, struct vordec_error *error);

/* Frees the command buffers, all or some. The device has finished. */
void plan_segments_free(struct vordec_plan *plan);

#endif
