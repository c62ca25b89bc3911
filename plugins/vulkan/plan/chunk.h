/* SPDX-License-Identifier: MIT */
/*
 * chunk.h - the end of a chunk of a job, whatever the job is: evidence and times, and the host sees what was written.
 */
#ifndef VORDEC_VULKAN_CHUNK_H
#define VORDEC_VULKAN_CHUNK_H

#include "vulkan_plan.h"

/* A result with the device that the plan works on, and nothing done yet. */
struct vordec_decode_result chunk_blank_result(const struct vordec_plan *plan);

/* Waits for the chunk that was started, unless that was done, adds evidence and times to the pending result, and makes
 * the readback buffers visible to the host. */
enum vordec_status chunk_await(struct vordec_plan *plan, struct vordec_error *error);

#endif
