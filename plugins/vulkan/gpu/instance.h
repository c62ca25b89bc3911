/* SPDX-License-Identifier: MIT */
/*
 * instance.h - a Vulkan instance, or the true reason why there is none.
 */
#ifndef VORDEC_VULKAN_INSTANCE_H
#define VORDEC_VULKAN_INSTANCE_H

#include "debug.h"

struct instance {
  struct vk_table vk;
  VkInstance handle;
  VkDebugUtilsMessengerEXT messenger;
  struct debug_sink sink;
  bool has_hardware; /* a driver of a real device is loaded for it */
};

/*
 * Opens the loader and makes a Vulkan 1.1 instance. E_UNSUPPORTED: NO_LOADER, NO_DRIVER (no driver is named) or
 * BROKEN_DRIVER (a driver is named and cannot be used; the message has the loader's own words). The instance must not
 * move afterwards. host must outlive it.
 */
enum vordec_status instance_create(struct instance *instance, const struct vordec_host *host,
                                   struct vordec_error *error);
/*
 * Accepts a zeroed or half-made instance. The first instance that has_hardware stays behind for the life of the
 * process, without its messenger, and the driver with it: hardware drivers do not survive being unloaded and loaded
 * again and again (docs/faults.md). Safe in several threads.
 */
void instance_destroy(struct instance *instance);

#endif
