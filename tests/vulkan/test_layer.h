/* SPDX-License-Identifier: MIT */
/*
 * test_layer.h - what the layers for tests have in common: their place among the other layers, and the functions that
 * they stand in for.
 */
#ifndef VORDEC_TEST_LAYER_H
#define VORDEC_TEST_LAYER_H

#include <stddef.h>
#include <vulkan/vulkan.h>

#include <vulkan/vk_layer.h>

#define LAYER_EXPORT __attribute__((visibility("default")))

struct layer_function {
  const char *name;
  PFN_vkVoidFunction function;
};

/* The layer's own function of that name; NULL: it has none. */
PFN_vkVoidFunction layer_own(const struct layer_function *ours, size_t count, const char *name);

/* Makes the instance of the next layer, whose functions *below finds, also on failure, unless there is none. */
VkResult layer_create_instance(const VkInstanceCreateInfo *info, const VkAllocationCallbacks *callbacks,
                               VkInstance *instance, PFN_vkGetInstanceProcAddr *below);

/* Where a device's creation says what the next layer is; NULL: nowhere. Whoever takes it moves it on. */
VkLayerDeviceCreateInfo *layer_device_link(const VkDeviceCreateInfo *info);

#endif
