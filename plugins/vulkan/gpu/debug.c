/* SPDX-License-Identifier: MIT */
#include "debug.h"

#include <stdatomic.h>
#include <string.h>

static atomic_uint_fast64_t validation_count;

static uint64_t validation_messages(void) {
  return atomic_load(&validation_count);
}

static atomic_bool windows_are_tables;

static void make_windows_tables(bool all) {
  atomic_store(&windows_are_tables, all);
}

bool debug_windows_are_tables(void) {
  return atomic_load(&windows_are_tables);
}

const struct vulkan_debug vulkan_debug_interface = {
    .struct_size = sizeof(struct vulkan_debug),
    .validation_messages = validation_messages,
    .set_table_hook = vk_table_set_hook,
    .make_windows_tables = make_windows_tables,
};

/* Copies the text as a single line, which is what the log takes. */
static void copy_line(char *to, size_t size, const char *from) {
  size_t i = 0;
  for (; from[i] && i + 1 < size; i++) to[i] = from[i] == '\n' || from[i] == '\r' ? ' ' : from[i];
  to[i] = 0;
}

static VKAPI_ATTR VkBool32 VKAPI_CALL on_message(VkDebugUtilsMessageSeverityFlagBitsEXT severity,
                                                 VkDebugUtilsMessageTypeFlagsEXT type,
                                                 const VkDebugUtilsMessengerCallbackDataEXT *data, void *user) {
  struct debug_sink *sink = user;
  const bool is_error = severity >= VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT;
  char line[1024];
  copy_line(line, sizeof line, data && data->pMessage ? data->pMessage : "");
  if (type & VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT) {
    atomic_fetch_add(&validation_count, 1);
  } else if (sink->creating) {
    /* This is how the loader sums up, even if no driver is named at all. */
    if (strstr(line, "Found no drivers")) return VK_FALSE;
    if (is_error && sink->errors++ == 0) snprintf(sink->message, sizeof sink->message, "%.399s", line);
    return VK_FALSE;
  }
  sink->host->log(sink->host->ctx, is_error ? VORDEC_LOG_ERROR : VORDEC_LOG_WARNING, line);
  return VK_FALSE;
}

VkDebugUtilsMessengerCreateInfoEXT debug_messenger_info(struct debug_sink *sink) {
  return (VkDebugUtilsMessengerCreateInfoEXT){
      .sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT,
      .messageSeverity =
          VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT,
      .messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_GENERAL_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT,
      .pfnUserCallback = on_message,
      .pUserData = sink,
  };
}

void debug_name(const struct vk_table *vk, VkDevice device, VkObjectType type, uint64_t handle, const char *name) {
  if (!vk->SetDebugUtilsObjectNameEXT) return;
  const VkDebugUtilsObjectNameInfoEXT info = {
      .sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_OBJECT_NAME_INFO_EXT,
      .objectType = type,
      .objectHandle = handle,
      .pObjectName = name,
  };
  vk->SetDebugUtilsObjectNameEXT(device, &info);
}

void debug_begin(const struct vk_table *vk, VkCommandBuffer commands, const char *label) {
  if (!vk->CmdBeginDebugUtilsLabelEXT) return;
  const VkDebugUtilsLabelEXT info = {.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_LABEL_EXT, .pLabelName = label};
  vk->CmdBeginDebugUtilsLabelEXT(commands, &info);
}

void debug_end(const struct vk_table *vk, VkCommandBuffer commands) {
  if (vk->CmdEndDebugUtilsLabelEXT) vk->CmdEndDebugUtilsLabelEXT(commands);
}
