/* SPDX-License-Identifier: MIT */
/*
 * A Vulkan layer for tests: every device says that it is an integrated GPU, as layers that simulate devices can make
 * it. Its name and its driver's id stay what they are.
 */
#include <string.h>
#include <vulkan/vulkan.h>

#include <vulkan/vk_layer.h>

#define EXPORT __attribute__((visibility("default")))

static PFN_vkGetInstanceProcAddr below;
static PFN_vkGetPhysicalDeviceProperties properties;
static PFN_vkGetPhysicalDeviceProperties2 properties_2;

static PFN_vkVoidFunction find(VkInstance instance, const char *name) {
  return below(instance, name);
}

/* The link to what lies below, moved on for the next layer. */
static PFN_vkGetInstanceProcAddr take_link(const VkInstanceCreateInfo *info) {
  for (const VkBaseInStructure *next = info->pNext; next; next = next->pNext) {
    if (next->sType != VK_STRUCTURE_TYPE_LOADER_INSTANCE_CREATE_INFO) continue;
    VkLayerInstanceCreateInfo *link = (VkLayerInstanceCreateInfo *)(size_t)next;
    if (link->function != VK_LAYER_LINK_INFO) continue;
    const PFN_vkGetInstanceProcAddr found = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
    link->u.pLayerInfo = link->u.pLayerInfo->pNext;
    return found;
  }
  return NULL;
}

static VKAPI_ATTR VkResult VKAPI_CALL create_instance(const VkInstanceCreateInfo *info,
                                                      const VkAllocationCallbacks *callbacks, VkInstance *instance) {
  below = take_link(info);
  if (!below) return VK_ERROR_INITIALIZATION_FAILED;
  const PFN_vkCreateInstance create = (PFN_vkCreateInstance)find(VK_NULL_HANDLE, "vkCreateInstance");
  const VkResult result = create(info, callbacks, instance);
  if (result != VK_SUCCESS) return result;
  properties = (PFN_vkGetPhysicalDeviceProperties)find(*instance, "vkGetPhysicalDeviceProperties");
  properties_2 = (PFN_vkGetPhysicalDeviceProperties2)find(*instance, "vkGetPhysicalDeviceProperties2");
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

EXPORT VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL posing_layer_address(VkInstance instance, const char *name);
EXPORT VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL posing_layer_address(VkInstance instance, const char *name) {
  static const struct {
    const char *name;
    PFN_vkVoidFunction function;
  } ours[] = {{"vkGetInstanceProcAddr", (PFN_vkVoidFunction)posing_layer_address},
              {"vkCreateInstance", (PFN_vkVoidFunction)create_instance},
              {"vkGetPhysicalDeviceProperties", (PFN_vkVoidFunction)pose_properties},
              {"vkGetPhysicalDeviceProperties2", (PFN_vkVoidFunction)pose_properties_2},
              {"vkGetPhysicalDeviceProperties2KHR", (PFN_vkVoidFunction)pose_properties_2}};
  for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
    if (strcmp(name, ours[i].name) == 0) return ours[i].function;
  }
  return below && instance ? below(instance, name) : NULL;
}
