/* SPDX-License-Identifier: MIT */
/*
 * trial.h - states to try a plan with, and how fast its segments go.
 */
#ifndef VORDEC_VULKAN_TRIAL_H
#define VORDEC_VULKAN_TRIAL_H

#include "vulkan_plan.h"

/* Coefficient i, 0 .. 2 m - 1, of a state to try with: of like size and no order, so that no stage has less to do than
 * usual. */
double trial_coefficient(const struct vordec_plan *plan, uint32_t state, uint32_t i);

/* Puts the first `states` of these where the host puts coefficients, and zeros in all other places. */
VkResult trial_fill(struct vordec_plan *plan, uint32_t states);

/* If submissions have a limit, and a first one of all the plan's states would not be small, learns what the plan's
 * segments take by doing a few states, in pieces. */
enum vordec_status trial_run(struct vordec_plan *plan, struct vordec_error *error);

#endif
