/* SPDX-License-Identifier: MIT */
/*
 * debug.h - VK_EXT_debug_utils: messages of the loader and of validation layers, names and labels.
 */
#ifndef VORDEC_VULKAN_DEBUG_H
#define VORDEC_VULKAN_DEBUG_H

#include "vk_table.h"

/* Handed out by get_interface("vordec.debug/1"): for tests. */
struct vulkan_debug {
  size_t struct_size;
  uint64_t (*validation_messages)(void); /* warnings and errors of validation layers so far in this process */
  void (*set_table_hook)(vk_table_hook hook);
  void (*make_windows_tables)(bool all); /* for plans made from now on, even those that have a way of their own */
};

extern const struct vulkan_debug vulkan_debug_interface;

/* What make_windows_tables() was last told. */
bool debug_windows_are_tables(void);

/* Collects what the loader says while an instance is made, and passes all later messages to the host's log. Vulkan is
 * given its address, so it must outlive the instance and not move. */
struct debug_sink {
  const struct vordec_host *host;
  bool creating;     /* while the instance is made, errors are collected instead of logged */
  uint32_t errors;   /* collected */
  char message[400]; /* the first of them */
};

/* Create info of a messenger that feeds the sink. */
VkDebugUtilsMessengerCreateInfoEXT debug_messenger_info(struct debug_sink *sink);

/* Names an object for tools; nothing happens where the extension is absent. */
void debug_name(const struct vk_table *vk, VkDevice device, VkObjectType type, uint64_t handle, const char *name);

/* Opens and closes a labelled region of a command buffer; likewise. */
void debug_begin(const struct vk_table *vk, VkCommandBuffer commands, const char *label);
void debug_end(const struct vk_table *vk, VkCommandBuffer commands);

#endif
