/* SPDX-License-Identifier: MIT */
/*
 * plan_share.h - plans whose fields others see: "vordec.export/1".
 *
 * If a whole batch is one chunk, the buffers that the kernels write are shared themselves, and nothing is copied.
 * Otherwise the fields of each chunk are copied to where those of the batch are. A kernel unpacks states that others
 * write, and looks for values that no state may hold.
 */
#ifndef VORDEC_VULKAN_PLAN_SHARE_H
#define VORDEC_VULKAN_PLAN_SHARE_H

#include "vulkan_plan.h"

/* Makes the semaphore, if the device shares such, of a plan that plan_begin() has begun and that has buffers others
 * see. E_UNSUPPORTED: the device shares nothing. */
enum vordec_status plan_share_semaphore(struct vordec_plan *plan, struct vordec_error *error);
/* Does the same for a slot of vordec.export/1, and fills in what it shares, before the plan has its buffers. */
enum vordec_status plan_share_begin(struct vordec_plan *plan, const struct vordec_export_setup *setup,
                                    struct vordec_error *error);
/* Frees everything, also what a failed call has left. The device must have finished. */
void plan_share_end(struct vordec_plan *plan);

/* Records the commands that hand memory over to others and take it back. The plan must have its buffers. */
enum vordec_status plan_share_record(struct vordec_plan *plan, struct vordec_error *error);

/* Called before each chunk of the pending job. */
enum vordec_status plan_share_chunk(struct vordec_plan *plan, struct vordec_error *error);
/* Has the job wait for a value of the semaphore and give one, once each. If a chunk has a single submission, both go
 * along with it; otherwise they are submissions of nothing before the first and after the last of its submissions. If
 * closing fails, the chunk in progress has ended. */
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

/* Whether the next submission begins by taking over what others have written; and whether the chunk ends by handing
 * over to them what the job has made. */
static inline bool plan_share_takes(const struct vordec_plan *plan) {
  return plan->sharing.taking && plan->sharing.takes && (plan->sharing.next.takes_z || !plan->sharing.on);
}

static inline bool plan_share_gives(const struct vordec_plan *plan) {
  return plan->sharing.giving && plan->pending.first + plan->pending.count == plan->pending.job.count;
}

/* The slots of vordec.export/1, except for plan_create, which plan_create.h has. */
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
