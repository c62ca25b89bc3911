/*
 * autotune.h - what fft = auto stands for: VkFFT or the pruned transform, whichever is faster for one state.
 *
 * Measured with plans of one state, so that the choice does not depend on the batch, and kept by the session and in the
 * disk cache.
 */
#ifndef VORDEC_VULKAN_AUTOTUNE_H
#define VORDEC_VULKAN_AUTOTUNE_H

#include "plan/vulkan_plan.h"

/* The transform to try first, and why, for plans like this one. Failures of Vulkan come as they are. */
enum vordec_status choice_make(struct vordec_session *session, const struct vordec_plan_desc *desc,
                               enum plan_transform *transform, char reason[160], struct vordec_error *error);

#endif
