/* SPDX-License-Identifier: MIT */
/* Plans of the example whose fields others see. */
#ifndef VORDEC_TESTS_STUB_EXPORT_H
#define VORDEC_TESTS_STUB_EXPORT_H

#include "deviations.h"

/* Of a plan that was made: what it needs besides. False: no memory. */
bool stub_export_enter(const struct vordec_plan *plan, const struct vordec_host *host,
                       const struct vordec_plan_desc *desc, enum fault fault);
/* Accepts others, and NULL. */
void stub_export_leave(const struct vordec_plan *plan);

/* Whether it is one of these plans. */
bool stub_export_is(const struct vordec_plan *plan);

/* Points the job of such a plan to its memory; for others does nothing. E_INPUT: a state in it is wrong. */
enum vordec_status stub_export_aim(const struct vordec_plan *plan, struct vordec_decode_job *job,
                                   struct vordec_error *error);
/* After the decode. */
void stub_export_spoil(const struct vordec_plan *plan, const struct vordec_decode_job *job);

/* All slots but plan_create. */
void stub_export_describe(const struct vordec_plan *plan, enum vordec_exported what,
                          struct vordec_exported_memory *memory);
enum vordec_status stub_export_memory_fd(struct vordec_plan *plan, enum vordec_exported what, int *fd,
                                         struct vordec_error *error);
bool stub_export_has_semaphore(const struct vordec_plan *plan);
enum vordec_status stub_export_semaphore_fd(struct vordec_plan *plan, int *fd, struct vordec_error *error);
enum vordec_status stub_export_prepare(struct vordec_plan *plan, const struct vordec_export_job *job,
                                       struct vordec_error *error);
enum vordec_status stub_export_read(struct vordec_plan *plan, enum vordec_exported what, uint64_t at, uint64_t bytes,
                                    void *to, struct vordec_error *error);
enum vordec_status stub_export_write(struct vordec_plan *plan, enum vordec_exported what, uint64_t at, uint64_t bytes,
                                     const void *from, struct vordec_error *error);

#endif
