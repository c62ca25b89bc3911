/* SPDX-License-Identifier: MIT */
/*
 * record.h - recording a segment: dispatches, copies, barriers and time marks.
 *
 * A recorder carries the first failure along, so that stages record without checking each call; record_end() reports
 * it. Every command is followed by a barrier, since the stages are a chain, unless the recorder is told otherwise.
 */
#ifndef VORDEC_VULKAN_RECORD_H
#define VORDEC_VULKAN_RECORD_H

#include "pacing.h"

struct recorder {
  struct vordec_plan *plan;
  struct segment *segment;
  VkResult result;
  const char *call;              /* that failed */
  bool sample;                   /* one workgroup per dispatch: enough to make the driver compile the kernel */
  bool overlap;                  /* no barrier after dispatches: the next one may run at the same time */
  struct pacing *pacing;         /* NULL: everything goes into the segment's own command buffer */
  const VkDescriptorSet *sets;   /* made when the segment was recorded; NULL: they are made now */
  uint32_t operation;            /* recorded so far */
  VkDescriptorSet to_and_fro[2]; /* of dispatches that go from one buffer to another and back, as often as it takes */
};

/* Starts recording the segment: allocates its command buffer unless it has one, labels it and writes the first time
 * mark. */
struct recorder record_begin(struct vordec_plan *plan, enum plan_segment segment, const char *label);
/* Starts doing the segment instead, piece by piece. */
struct recorder record_begin_paced(struct pacing *pacing);
/* Finishes it. On failure the segment must not be submitted. */
enum vordec_status record_end(struct recorder *recorder, struct vordec_error *error);

/* A descriptor set of the kernel over the plan's buffers, in binding order. */
VkDescriptorSet record_bind(struct recorder *recorder, enum kernel kernel, const enum plan_buffer *buffers);

/* Dispatches enough workgroups for `threads` threads of each state. push points to the kernel's push constants. */
void record_dispatch(struct recorder *recorder, enum kernel kernel, VkDescriptorSet set, const void *push,
                     uint32_t threads);

/* Does the same with the kernel of a precision, which has been built. */
void record_dispatch_in(struct recorder *recorder, enum kernel kernel, enum vordec_precision precision,
                        VkDescriptorSet set, const void *push, uint32_t threads);

/* Does the same in one call, with a set of its own. */
void record_kernel(struct recorder *recorder, enum kernel kernel, const enum plan_buffer *buffers, const void *push,
                   uint32_t threads);

/* The number of workgroups of a dispatch for each state. */
struct workgroups {
  uint32_t x, y;
};

/* How many pieces of `size` it takes to cover `count`. */
static inline uint32_t groups_of(uint32_t count, uint32_t size) {
  return (count + size - 1) / size;
}

/* Dispatches them with a pipeline of a specialised kernel. */
void record_pipeline(struct recorder *recorder, enum kernel kernel, VkPipeline pipeline,
                     const enum plan_buffer *buffers, const void *push, struct workgroups groups);
/* Does the same with a set of the caller's. */
void record_pipeline_in(struct recorder *recorder, enum kernel kernel, VkPipeline pipeline, VkDescriptorSet set,
                        const void *push, struct workgroups groups);

/* Copies the beginning of a buffer, if it is there, into another: as much as the smaller of the two holds. */
void record_copy(struct recorder *recorder, enum plan_buffer from, enum plan_buffer to);
/* Copies `bytes` from a place in a buffer to one in a buffer that is not the plan's, where the host may read them. */
void record_copy_out(struct recorder *recorder, enum plan_buffer from, uint64_t at, VkBuffer to, uint64_t offset,
                     uint64_t bytes);
void record_zero(struct recorder *recorder, enum plan_buffer buffer);

/* For a library that records dispatches by itself: the command buffer for them, NULL after a failure; and to be told of
 * each, which may send it off: returns whether the command buffer has been begun anew, with nothing bound. */
VkCommandBuffer record_foreign(struct recorder *recorder);
bool record_foreign_dispatch(struct recorder *recorder);

/* Barrier between compute and transfer; on the queue that copies, of what it has. */
void record_barrier(struct recorder *recorder);

/* Writes a time mark: what was recorded since the last one belongs to the stage. */
void record_mark(struct recorder *recorder, enum vordec_stage stage);

#endif
