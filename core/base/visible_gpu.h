/* SPDX-License-Identifier: MIT */
/* Which GPUs the environment lets a process see, if it names them. Any thread. */
#ifndef VORDEC_CORE_BASE_VISIBLE_GPU_H
#define VORDEC_CORE_BASE_VISIBLE_GPU_H

#include <stdbool.h>
#include <stdint.h>

/* The environment variable that holds such a list. */
#define VISIBLE_GPU_VARIABLE "CUDA_VISIBLE_DEVICES"

/* Whether a list of UUIDs ("GPU-5a000000-..,GPU-..", or beginnings of these) names this one. If there is no list
 * (NULL), or it holds anything else, every GPU may be seen: plain numbers are CUDA's own, which Vulkan does not
 * know. */
bool visible_gpu(const char *list, const uint8_t uuid[16]);

#endif
