/* SPDX-License-Identifier: MIT */
/*
 * amd_card.h - an AMD device that is not there: Mesa's RADV compiles for any family (RADV_FORCE_FAMILY), and says what
 * came of it. The device has neither memory nor fences, so nothing runs on it.
 */
#ifndef VORDEC_TEST_AMD_CARD_H
#define VORDEC_TEST_AMD_CARD_H

#include "amd_request.h"

#ifndef VK_NO_PROTOTYPES
#define VK_NO_PROTOTYPES
#endif
#include <vulkan/vulkan.h>

struct amd_card {
  VkPhysicalDeviceProperties properties;
  uint32_t subgroup_size;
  bool has_fp64;
  VkInstance instance;
  VkDevice device;
  PFN_vkGetInstanceProcAddr get;
};

/* What the compiler says of a pipeline. */
struct amd_figures {
  uint64_t wave;                         /* threads of a subgroup */
  uint64_t vgprs, sgprs;                 /* registers: of each thread, of a subgroup */
  uint64_t spilled_vgprs, spilled_sgprs; /* of them, in memory */
  uint64_t scratch;                      /* bytes a subgroup */
  uint64_t lds;                          /* bytes of shared memory a workgroup */
  uint64_t waves;                        /* subgroups that a SIMD unit can hold at a time */
  uint64_t instructions, code_bytes;
  uint64_t cycles; /* estimate of what a subgroup takes where enough others hide its latencies; 0: none given */
};

/* To be called before anything else of the process has made a Vulkan instance. False if there is no RADV, or none that
 * knows the family. */
bool amd_card_open(struct amd_card *card, const char *family);
void amd_card_close(struct amd_card *card);

/* Builds a pipeline and throws it away. */
VkResult amd_card_build(const struct amd_card *card, const struct amd_request *request, struct amd_figures *figures);

#endif
