/* SPDX-License-Identifier: MIT */
/*
 * pipelines.h - making compute pipelines, several at once: a driver may compile each for a second.
 */
#ifndef VORDEC_VULKAN_PIPELINES_H
#define VORDEC_VULKAN_PIPELINES_H

#include "gpu.h"

#define PIPELINE_CONSTANTS_MAX 17

/* One to be made, and what came of it. */
struct pipeline_job {
  const char *name; /* for debuggers */
  const uint32_t *code;
  size_t bytes;
  uint32_t constant_count, constants[PIPELINE_CONSTANTS_MAX]; /* 0 .. count - 1 */
  VkPipelineLayout layout;
  VkPipeline pipeline; /* NULL: failed, as follows */
  VkResult result;
  const char *call;
};

/* Makes all of them, even if some fail, in up to `threads` threads including this one. Threads that cannot be started
 * are done without. */
void pipelines_make(const struct gpu *gpu, VkPipelineCache cache, uint32_t threads, struct pipeline_job *jobs,
                    uint32_t count);

#endif
