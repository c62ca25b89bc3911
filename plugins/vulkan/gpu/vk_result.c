/* SPDX-License-Identifier: MIT */
#include "vk_result.h"

/* The answers that drivers are known to give, and the failures that they mean. */
static const struct known {
  VkResult result;
  const char *name;
  enum vordec_status status;
  enum vordec_reason reason;
} known[] = {
    {VK_SUCCESS, "VK_SUCCESS", VORDEC_E_FAILED, VORDEC_REASON_NONE},
    {VK_NOT_READY, "VK_NOT_READY", VORDEC_E_FAILED, VORDEC_REASON_NONE},
    {VK_TIMEOUT, "VK_TIMEOUT", VORDEC_E_TIMEOUT, VORDEC_REASON_NONE},
    {VK_INCOMPLETE, "VK_INCOMPLETE", VORDEC_E_FAILED, VORDEC_REASON_NONE},
    {VK_ERROR_OUT_OF_HOST_MEMORY, "VK_ERROR_OUT_OF_HOST_MEMORY", VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY},
    {VK_ERROR_OUT_OF_DEVICE_MEMORY, "VK_ERROR_OUT_OF_DEVICE_MEMORY", VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY},
    {VK_ERROR_INITIALIZATION_FAILED, "VK_ERROR_INITIALIZATION_FAILED", VORDEC_E_FAILED, VORDEC_REASON_NONE},
    {VK_ERROR_DEVICE_LOST, "VK_ERROR_DEVICE_LOST", VORDEC_E_DEVICE_LOST, VORDEC_REASON_NONE},
    {VK_ERROR_MEMORY_MAP_FAILED, "VK_ERROR_MEMORY_MAP_FAILED", VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY},
    {VK_ERROR_LAYER_NOT_PRESENT, "VK_ERROR_LAYER_NOT_PRESENT", VORDEC_E_FAILED, VORDEC_REASON_NONE},
    {VK_ERROR_EXTENSION_NOT_PRESENT, "VK_ERROR_EXTENSION_NOT_PRESENT", VORDEC_E_FAILED, VORDEC_REASON_NONE},
    {VK_ERROR_FEATURE_NOT_PRESENT, "VK_ERROR_FEATURE_NOT_PRESENT", VORDEC_E_FAILED, VORDEC_REASON_NONE},
    {VK_ERROR_INCOMPATIBLE_DRIVER, "VK_ERROR_INCOMPATIBLE_DRIVER", VORDEC_E_FAILED, VORDEC_REASON_NONE},
    {VK_ERROR_TOO_MANY_OBJECTS, "VK_ERROR_TOO_MANY_OBJECTS", VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY},
    {VK_ERROR_FRAGMENTED_POOL, "VK_ERROR_FRAGMENTED_POOL", VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY},
    {VK_ERROR_OUT_OF_POOL_MEMORY, "VK_ERROR_OUT_OF_POOL_MEMORY", VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY},
    {VK_ERROR_FRAGMENTATION, "VK_ERROR_FRAGMENTATION", VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY},
    {VK_ERROR_UNKNOWN, "VK_ERROR_UNKNOWN", VORDEC_E_FAILED, VORDEC_REASON_NONE},
};

static const struct known *find(VkResult result) {
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (known[i].result == result) return &known[i];
  }
  return NULL;
}

const char *vk_result_name(VkResult result) {
  static _Thread_local char unknown[32];
  const struct known *found = find(result);
  if (found) return found->name;
  snprintf(unknown, sizeof unknown, "VkResult %d", (int)result);
  return unknown;
}

enum vordec_status vk_fail(struct vordec_error *error, VkResult result, const char *call) {
  const char *name = vk_result_name(result);
  const struct known *found = find(result);
  if (result == VK_TIMEOUT) {
    return vordec_fail(error, VORDEC_E_TIMEOUT, VORDEC_REASON_NONE, "%s(): %s, the device did not finish in time", call,
                       name);
  }
  return vordec_fail(error, found ? found->status : VORDEC_E_FAILED, found ? found->reason : VORDEC_REASON_NONE,
                     "%s() failed: %s", call, name);
}
