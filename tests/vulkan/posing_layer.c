/* SPDX-License-Identifier: MIT */
/*
 * A Vulkan layer for tests: every device says that it is an integrated GPU, as layers that simulate devices can make
 * it. Its name and its driver's id stay what they are.
 */
#include "test_layer.h"

static PFN_vkGetInstanceProcAddr below;
static PFN_vkGetPhysicalDeviceProperties properties;
static PFN_vkGetPhysicalDeviceProperties2 properties_2;

static VKAPI_ATTR VkResult VKAPI_CALL create_instance(const VkInstanceCreateInfo *info,
                                                      const VkAllocationCallbacks *callbacks, VkInstance *instance) {
  const VkResult result = layer_create_instance(info, callbacks, instance, &below);
  if (result != VK_SUCCESS) return result;
  properties = (PFN_vkGetPhysicalDeviceProperties)below(*instance, "vkGetPhysicalDeviceProperties");
  properties_2 = (PFN_vkGetPhysicalDeviceProperties2)below(*instance, "vkGetPhysicalDeviceProperties2");
  return VK_SUCCESS;
}

static VKAPI_ATTR void VKAPI_CALL pose_properties(VkPhysicalDevice device, VkPhysicalDeviceProperties *out) {
  properties(device, out);
  out->deviceType = VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU;
}

static VKAPI_ATTR void VKAPI_CALL pose_properties_2(VkPhysicalDevice device, VkPhysicalDeviceProperties2 *out) {
  properties_2(device, out);
  out->properties.deviceType = VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU;
}

LAYER_EXPORT VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL posing_layer_address(VkInstance instance, const char *name);
LAYER_EXPORT VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL posing_layer_address(VkInstance instance, const char *name) {
  static const struct layer_function ours[] = {
      {"vkGetInstanceProcAddr", (PFN_vkVoidFunction)posing_layer_address},
      {"vkCreateInstance", (PFN_vkVoidFunction)create_instance},
      {"vkGetPhysicalDeviceProperties", (PFN_vkVoidFunction)pose_properties},
      {"vkGetPhysicalDeviceProperties2", (PFN_vkVoidFunction)pose_properties_2},
      {"vkGetPhysicalDeviceProperties2KHR", (PFN_vkVoidFunction)pose_properties_2}};
  const PFN_vkVoidFunction own = layer_own(ours, sizeof ours / sizeof *ours, name);
  if (own) return own;
  return below && instance ? below(instance, name) : NULL;
}
