#include "vk_result.h"

const char *vk_result_name(VkResult result) {
  static _Thread_local char unknown[32];
  switch (result) {
#define NAME(code)                                                                                                     \
  case code:                                                                                                           \
    return #code
    NAME(VK_SUCCESS);
    NAME(VK_NOT_READY);
    NAME(VK_TIMEOUT);
    NAME(VK_INCOMPLETE);
    NAME(VK_ERROR_OUT_OF_HOST_MEMORY);
    NAME(VK_ERROR_OUT_OF_DEVICE_MEMORY);
    NAME(VK_ERROR_INITIALIZATION_FAILED);
    NAME(VK_ERROR_DEVICE_LOST);
    NAME(VK_ERROR_MEMORY_MAP_FAILED);
    NAME(VK_ERROR_LAYER_NOT_PRESENT);
    NAME(VK_ERROR_EXTENSION_NOT_PRESENT);
    NAME(VK_ERROR_FEATURE_NOT_PRESENT);
    NAME(VK_ERROR_INCOMPATIBLE_DRIVER);
    NAME(VK_ERROR_TOO_MANY_OBJECTS);
    NAME(VK_ERROR_FRAGMENTED_POOL);
    NAME(VK_ERROR_OUT_OF_POOL_MEMORY);
    NAME(VK_ERROR_FRAGMENTATION);
    NAME(VK_ERROR_UNKNOWN);
#undef NAME
  default:
    snprintf(unknown, sizeof unknown, "VkResult %d", (int)result);
    return unknown;
  }
}

enum vordec_status vk_fail(struct vordec_error *error, VkResult result, const char *call) {
  const char *name = vk_result_name(result);
  switch (result) {
  case VK_ERROR_OUT_OF_HOST_MEMORY:
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s() failed: %s", call, name);
  case VK_ERROR_OUT_OF_DEVICE_MEMORY:
  case VK_ERROR_OUT_OF_POOL_MEMORY:
  case VK_ERROR_FRAGMENTED_POOL:
  case VK_ERROR_FRAGMENTATION:
  case VK_ERROR_TOO_MANY_OBJECTS:
  case VK_ERROR_MEMORY_MAP_FAILED:
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "%s() failed: %s", call, name);
  case VK_ERROR_DEVICE_LOST:
    return vordec_fail(error, VORDEC_E_DEVICE_LOST, VORDEC_REASON_NONE, "%s() failed: %s", call, name);
  case VK_TIMEOUT:
    return vordec_fail(error, VORDEC_E_TIMEOUT, VORDEC_REASON_NONE, "%s(): %s, the device did not finish in time", call,
                       name);
  default:
    return vordec_fail(error, VORDEC_E_FAILED, VORDEC_REASON_NONE, "%s() failed: %s", call, name);
  }
}
