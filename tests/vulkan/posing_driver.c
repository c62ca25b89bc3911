/* SPDX-License-Identifier: MIT */
/*
 * A Vulkan driver for tests: llvmpipe that says it is a discrete GPU, and forges its driver's id as well, since that
 * would give it away. What drivers of hardware load with their first instance and drop with the last, this one only
 * counts, in the environment variable VORDEC_TEST_DRIVER_LOADS; and in VORDEC_TEST_DRIVER_INSTANCES, how many instances
 * there are.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vulkan/vulkan_core.h>

#define EXPORT __attribute__((visibility("default")))

static PFN_vkGetInstanceProcAddr llvmpipe;
static PFN_vkCreateInstance create;
static PFN_vkDestroyInstance destroy;
static PFN_vkGetPhysicalDeviceProperties properties;
static PFN_vkGetPhysicalDeviceProperties2 properties_2;

static void *symbol(const char *name) {
  static void *library;
  if (!library) library = dlopen("libvulkan_lvp.so", RTLD_NOW | RTLD_LOCAL);
  return library ? dlsym(library, name) : NULL;
}

__attribute__((constructor)) static void find_llvmpipe(void) {
  void *entry = symbol("vk_icdGetInstanceProcAddr");
  memcpy(&llvmpipe, &entry, sizeof llvmpipe);
}

/* In the environment, because the driver itself may be unloaded. */
static void add(const char *name, int more) {
  const char *before = getenv(name);
  char after[24];
  snprintf(after, sizeof after, "%ld", (before ? strtol(before, NULL, 10) : 0) + more);
  setenv(name, after, 1);
}

static void count(int more) {
  static int instances;
  if (instances == 0) add("VORDEC_TEST_DRIVER_LOADS", 1);
  instances += more;
  add("VORDEC_TEST_DRIVER_INSTANCES", more);
}

static VKAPI_ATTR VkResult VKAPI_CALL count_create(const VkInstanceCreateInfo *info,
                                                   const VkAllocationCallbacks *callbacks, VkInstance *instance) {
  const VkResult result = create(info, callbacks, instance);
  if (result == VK_SUCCESS) count(1);
  return result;
}

static VKAPI_ATTR void VKAPI_CALL count_destroy(VkInstance instance, const VkAllocationCallbacks *callbacks) {
  destroy(instance, callbacks);
  count(-1);
}

static void pose(VkPhysicalDeviceProperties *device) {
  device->deviceType = VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU;
  snprintf(device->deviceName, sizeof device->deviceName, "llvmpipe posing as a GPU");
}

static VKAPI_ATTR void VKAPI_CALL pose_properties(VkPhysicalDevice device, VkPhysicalDeviceProperties *out) {
  properties(device, out);
  pose(out);
}

static VKAPI_ATTR void VKAPI_CALL pose_properties_2(VkPhysicalDevice device, VkPhysicalDeviceProperties2 *out) {
  properties_2(device, out);
  pose(&out->properties);
  for (VkBaseOutStructure *next = out->pNext; next; next = next->pNext) {
    if (next->sType != VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES) continue;
    ((VkPhysicalDeviceDriverProperties *)(void *)next)->driverID = VK_DRIVER_ID_NVIDIA_PROPRIETARY;
  }
}

EXPORT VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL vk_icdGetInstanceProcAddr(VkInstance instance, const char *name);
EXPORT VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL vk_icdGetInstanceProcAddr(VkInstance instance, const char *name) {
  const PFN_vkVoidFunction function = llvmpipe ? llvmpipe(instance, name) : NULL;
#define WRAP(call, real, wrapper)                                                                                      \
  if (function && strcmp(name, #call) == 0) {                                                                          \
    real = (PFN_##call)(void (*)(void))function;                                                                       \
    return (PFN_vkVoidFunction)wrapper;                                                                                \
  }
  WRAP(vkCreateInstance, create, count_create)
  WRAP(vkDestroyInstance, destroy, count_destroy)
  WRAP(vkGetPhysicalDeviceProperties, properties, pose_properties)
  WRAP(vkGetPhysicalDeviceProperties2, properties_2, pose_properties_2)
#undef WRAP
  return function;
}

typedef VkResult(VKAPI_PTR *negotiate_fn)(uint32_t *version);

EXPORT VKAPI_ATTR VkResult VKAPI_CALL vk_icdNegotiateLoaderICDInterfaceVersion(uint32_t *version);
EXPORT VKAPI_ATTR VkResult VKAPI_CALL vk_icdNegotiateLoaderICDInterfaceVersion(uint32_t *version) {
  void *entry = symbol("vk_icdNegotiateLoaderICDInterfaceVersion");
  negotiate_fn negotiate = NULL;
  memcpy(&negotiate, &entry, sizeof negotiate);
  return negotiate ? negotiate(version) : VK_ERROR_INCOMPATIBLE_DRIVER;
}
