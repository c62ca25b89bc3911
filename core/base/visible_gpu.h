/* SPDX-License-Identifier: MIT */
/* Which GPUs the environment lets a process see, where it names them. */
#ifndef VORDEC_CORE_BASE_VISIBLE_GPU_H
#define VORDEC_CORE_BASE_VISIBLE_GPU_H

#include <stdbool.h>
#include <stdint.h>

/* Where such a list comes from. */
#define VISIBLE_GPU_VARIABLE "CUDA_VISIBLE_DEVICES"

/* Whether a list of UUIDs ("GPU-5a000000-..,GPU-..", or what they begin with) names this one. A list of anything else,
 * or none (NULL), lets all be seen: numbers are CUDA's own, which Vulkan does not know. */
bool visible_gpu(const char *list, const uint8_t uuid[16]);

#endif
