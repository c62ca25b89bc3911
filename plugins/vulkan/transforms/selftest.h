/* SPDX-License-Identifier: MIT */
/*
 * selftest.h - VkFFT is believed only after it has been checked.
 */
#ifndef VORDEC_VULKAN_SELFTEST_H
#define VORDEC_VULKAN_SELFTEST_H

#include "plan/vulkan_plan.h"

/*
 * Transforms pseudo-random coefficients of all the plan's modes, in every place of the batch, by VkFFT and by the
 * direct transform, and compares every cell; the direct transform is itself compared with sums on the host along a row
 * of the first and of the last state. E_UNSUPPORTED with REASON_FFT_SIZE if they differ.
 */
enum vordec_status selftest_run(struct vordec_plan *plan, struct vordec_error *error);

#endif
