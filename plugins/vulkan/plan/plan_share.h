/* SPDX-License-Identifier: MIT */
/*
 * plan_share.h - plans whose fields others see: "vordec.export/1".
 *
 * Where a whole batch is one chunk, the buffers that the kernels write are themselves shared, and nothing is copied.
 * Else the fields of each chunk are copied to where those of the batch lie. States that others write are unpacked by a
 * kernel, which looks for what no state may hold.
 */
#ifndef VORDEC_VULKAN_PLAN_SHARE_H
#define VORDEC_VULKAN_PLAN_SHARE_H

#include "vulkan_plan.h"

/* For a plan that plan_begin() has begun and that has buffers others see: its semaphore, if the device shares such.
 * E_UNSUPPORTED: the device shares nothing. */
enum vordec_status plan_share_semaphore(struct vordec_plan *plan, struct vordec_error *error);
/* Settles it for a slot of vordec.export/1, likewise, ahead of its buffers. */
enum vordec_status plan_share_begin(struct vordec_plan *plan, const struct vordec_export_setup *setup,
                                    struct vordec_error *error);
/* Accepts what a failed call has left. The device has finished. */
void plan_share_end(struct vordec_plan *plan);

/* Records what hands memory over to others and takes it back; the plan has its buffers. */
enum vordec_status plan_share_record(struct vordec_plan *plan, struct vordec_error *error);

/* Called before each chunk of the pending job. */
enum vordec_status plan_share_chunk(struct vordec_plan *plan, struct vordec_error *error);
/* Values of the semaphore that the job waits for and gives, once each: along with the only submission of a chunk, or,
 * by submissions of nothing, before the first and after the last of its submissions. Where closing fails, the chunk
 * under way has ended. */
void plan_share_attach(struct vordec_plan *plan, struct submission *chunk);
void plan_share_attached(struct vordec_plan *plan, const struct submission *chunk);
enum vordec_status plan_share_open(struct vordec_plan *plan, struct vordec_error *error);
enum vordec_status plan_share_close(struct vordec_plan *plan, struct vordec_error *error);
/* Called after a chunk of states that others wrote: E_INPUT names what is wrong with them. */
enum vordec_status plan_share_check(const struct vordec_plan *plan, struct vordec_error *error);

/* Says whether the pending job's states are those that others wrote. */
static inline bool plan_share_takes_z(const struct vordec_plan *plan) {
  return plan->sharing.on && plan->sharing.next.takes_z;
}

/* Whether what is submitted next begins by taking what others have written; and whether the chunk ends by giving them
 * what the job has. */
static inline bool plan_share_takes(const struct vordec_plan *plan) {
  return plan->sharing.taking && plan->sharing.takes && (plan->sharing.next.takes_z || !plan->sharing.on);
}

static inline bool plan_share_gives(const struct vordec_plan *plan) {
  return plan->sharing.giving && plan->pending.first + plan->pending.count == plan->pending.job.count;
}

/* But for plan_create, which stands above this: slots of vordec.export/1. */
void plan_share_describe(const struct vordec_plan *plan, enum vordec_exported what,
                         struct vordec_exported_memory *memory);
enum vordec_status plan_share_memory_fd(struct vordec_plan *plan, enum vordec_exported what, int *fd,
                                        struct vordec_error *error);
bool plan_share_has_semaphore(const struct vordec_plan *plan);
enum vordec_status plan_share_semaphore_fd(struct vordec_plan *plan, int *fd, struct vordec_error *error);
enum vordec_status plan_share_prepare(struct vordec_plan *plan, const struct vordec_export_job *job,
                                      struct vordec_error *error);
enum vordec_status plan_share_read(struct vordec_plan *plan, enum vordec_exported what, uint64_t at, uint64_t bytes,
                                   void *to, struct vordec_error *error);
enum vordec_status plan_share_write(struct vordec_plan *plan, enum vordec_exported what, uint64_t at, uint64_t bytes,
                                    const void *from, struct vordec_error *error);

#endif
