/* SPDX-License-Identifier: MIT */
/*
 * encoder_gains.h - what a mode of R is to that of the field, where the box is periodic.
 *
 * Smoothing multiplies a mode by a number, so R's modes follow from the field's, and need no sums of their own.
 */
#ifndef VORDEC_VULKAN_ENCODER_GAINS_H
#define VORDEC_VULKAN_ENCODER_GAINS_H

#include "plan/vulkan_plan.h"

struct buffer_need;

/* Whether R's modes follow from the field's. */
bool encoder_gains_serve(const struct vordec_plan *plan);

/* Adds PLAN_SUM_GAINS to the needs of a plan that they serve. */
void encoder_gains_list_needs(const struct vordec_plan *plan, struct buffer_need *needs);

/* Fills it. */
enum vordec_status encoder_gains_upload(struct vordec_plan *plan, struct vordec_error *error);

#endif
