/* SPDX-License-Identifier: MIT */
/*
 * plan_memory.h - how much memory a plan takes, how many states fit at once, and making its buffers.
 */
#ifndef VORDEC_VULKAN_PLAN_MEMORY_H
#define VORDEC_VULKAN_PLAN_MEMORY_H

#include "vulkan_plan.h"

/* What one of the plan's buffers must be, by enum plan_buffer; without a name: the buffer does not exist. */
struct buffer_need {
  const char *name;
  enum buffer_place place;
  uint64_t fixed, per_state; /* bytes */
  uint64_t beside;           /* bytes for each state that a library allocates in the same heap by itself */
};

static inline struct buffer_need need_of(const char *name, enum buffer_place place, uint64_t fixed,
                                         uint64_t per_state) {
  return (struct buffer_need){.name = name, .place = place, .fixed = fixed, .per_state = per_state};
}

/* Adds room for direct sums of the modes of a table (mode_sums.h) to what is there already. */
void plan_memory_need_sums(const struct vordec_plan *plan, const struct mode_table *table, struct buffer_need *needs);

/*
 * Chooses plan->chunk: the batch, or as many states as the device's largest buffer and its free memory allow, counting
 * what the transform needs, which must have been described. E_NO_MEMORY with REASON_MEMORY names the bytes needed and
 * available if not even one state fits.
 */
enum vordec_status plan_memory_choose_chunk(struct vordec_plan *plan, struct vordec_error *error);

/* Makes the plan's buffers for plan->chunk states. On failure they are freed. */
enum vordec_status plan_memory_create(struct vordec_plan *plan, struct vordec_error *error);
void plan_memory_destroy(struct vordec_plan *plan);

#endif
