/*
 * plan_memory.h - how much memory a plan takes, how many states fit at once, and making its buffers.
 */
#ifndef VORDEC_VULKAN_PLAN_MEMORY_H
#define VORDEC_VULKAN_PLAN_MEMORY_H

#include "vulkan_plan.h"

/*
 * Chooses plan->chunk: the batch, or as many states as the device's largest buffer and its free memory allow,
 * counting what the transform needs; the pruned one must have been described. E_NO_MEMORY with REASON_MEMORY names the
 * bytes needed and available if not even one state fits.
 */
enum vordec_status plan_memory_fit(struct vordec_plan *plan, enum plan_transform transform, struct vordec_error *error);

/* Makes the plan's buffers for plan->chunk states. On failure they are gone again. */
enum vordec_status plan_memory_create(struct vordec_plan *plan, enum plan_transform transform,
                                      struct vordec_error *error);
void plan_memory_destroy(struct vordec_plan *plan);

#endif
