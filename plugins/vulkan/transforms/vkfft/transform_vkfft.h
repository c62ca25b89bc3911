/* SPDX-License-Identifier: MIT */
/*
 * transform_vkfft.h - VkFFT made safe: a C2R plan over PLAN_HALF_SPECTRUM and PLAN_OMEGA_LP. All that the rest of the
 * plugin sees of this folder.
 *
 * Planning is serialised in the process and runs under the C locale of the calling thread; glslang is initialised once.
 * What VkFFT allocates and creates is tracked (vkfft_calls.h), so that its failures leak nothing. What it compiles is
 * believed, and kept on disk, once it has passed the self-test.
 */
#ifndef VORDEC_VULKAN_TRANSFORM_VKFFT_H
#define VORDEC_VULKAN_TRANSFORM_VKFFT_H

#include "transforms/transform.h"

#define TRANSFORM_VKFFT_NAME "vkfft"

extern const struct transform transform_vkfft;

#endif
