/* SPDX-License-Identifier: MIT */
/*
 * rolled_states.h - how the states of a rollout come to a plan that decodes them: copied on the device, from where the
 * rollout holds them into PLAN_ROLLED, by commands that are recorded for each chunk.
 */
#ifndef VORDEC_VULKAN_ROLLED_STATES_H
#define VORDEC_VULKAN_ROLLED_STATES_H

#include "vulkan_plan.h"

/* The bytes of a state in PLAN_ROLLED: as in a rollout, so that any number of states is one copy. */
uint64_t rolled_state_bytes(const struct vordec_plan *plan);

/* Checks that the plan can take the pending job's states. E_UNSUPPORTED: their precision or length differs; or the
 * error that has befallen the rollout. */
enum vordec_status rolled_states_check(const struct vordec_plan *plan, const struct vordec_backend_rollout *rollout,
                                       struct vordec_error *error);

/* Makes plan->taking, if the plan has room for such states. */
enum vordec_status rolled_states_prepare(struct vordec_plan *plan, struct vordec_error *error);
/* Records plan->taking for the pending chunk: its states, and zeros in the remaining places. It must be submitted
 * before SEGMENT_UNPACK. */
enum vordec_status rolled_states_record(struct vordec_plan *plan, struct vordec_error *error);
void rolled_states_free(struct vordec_plan *plan);

#endif
