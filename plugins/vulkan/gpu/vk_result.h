/* SPDX-License-Identifier: MIT */
/*
 * vk_result.h - what a VkResult means to a caller.
 */
#ifndef VORDEC_VULKAN_VK_RESULT_H
#define VORDEC_VULKAN_VK_RESULT_H

#include "vk_table.h"

#ifdef __cplusplus
extern "C" {
#endif

/* "VK_ERROR_DEVICE_LOST"; "VkResult -1234" for a code without a name here is written to a thread's own buffer. */
const char *vk_result_name(VkResult result);

/* Fills *error for `call`, which returned result: NO_MEMORY (with REASON_MEMORY), DEVICE_LOST, TIMEOUT or FAILED. */
enum vordec_status vk_fail(struct vordec_error *error, VkResult result, const char *call);

/* Says whether a session cannot be used any more after a call that came to status. */
static inline bool vk_status_is_fatal(enum vordec_status status) {
  return status == VORDEC_E_DEVICE_LOST || status == VORDEC_E_TIMEOUT;
}

#ifdef __cplusplus
}
#endif

#endif
