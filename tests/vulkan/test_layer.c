/* SPDX-License-Identifier: MIT */
#include "test_layer.h"

#include <string.h>

PFN_vkVoidFunction layer_own(const struct layer_function *ours, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++) {
    if (strcmp(name, ours[i].name) == 0) return ours[i].function;
  }
  return NULL;
}

static VkLayerInstanceCreateInfo *instance_link(const VkInstanceCreateInfo *info) {
  for (const VkBaseInStructure *next = info->pNext; next; next = next->pNext) {
    VkLayerInstanceCreateInfo *link = (VkLayerInstanceCreateInfo *)(size_t)next;
    if (next->sType == VK_STRUCTURE_TYPE_LOADER_INSTANCE_CREATE_INFO && link->function == VK_LAYER_LINK_INFO) {
      return link;
    }
  }
  return NULL;
}

VkResult layer_create_instance(const VkInstanceCreateInfo *info, const VkAllocationCallbacks *callbacks,
                               VkInstance *instance, PFN_vkGetInstanceProcAddr *below) {
  VkLayerInstanceCreateInfo *link = instance_link(info);
  if (!link) return VK_ERROR_INITIALIZATION_FAILED;
  *below = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
  link->u.pLayerInfo = link->u.pLayerInfo->pNext;
  return ((PFN_vkCreateInstance)(*below)(VK_NULL_HANDLE, "vkCreateInstance"))(info, callbacks, instance);
}

VkLayerDeviceCreateInfo *layer_device_link(const VkDeviceCreateInfo *info) {
  for (const VkBaseInStructure *next = info->pNext; next; next = next->pNext) {
    VkLayerDeviceCreateInfo *link = (VkLayerDeviceCreateInfo *)(size_t)next;
    if (next->sType == VK_STRUCTURE_TYPE_LOADER_DEVICE_CREATE_INFO && link->function == VK_LAYER_LINK_INFO) return link;
  }
  return NULL;
}
