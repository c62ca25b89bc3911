/* SPDX-License-Identifier: MIT */
/*
 * autotune.h - what fft = auto stands for: VkFFT or the pruned transform, whichever is faster for one state.
 *
 * Measured with plans of one state, so that the choice does not depend on the batch, and kept by the session and in the
 * disk cache.
 */
#ifndef VORDEC_VULKAN_AUTOTUNE_H
#define VORDEC_VULKAN_AUTOTUNE_H

#include "transform.h"

#define AUTOTUNE_TRANSFORMS 3

/* The transforms to try for plans like this one, the best first, and why it is. The last, direct sums, serves every
 * plan. Makes plans of its own to measure with, unless that was done before. Failures of Vulkan come as they are. */
enum vordec_status autotune_order(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                  const struct transform *order[AUTOTUNE_TRANSFORMS], char reason[160],
                                  struct vordec_error *error);

#endif
