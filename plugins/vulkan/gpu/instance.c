/* SPDX-License-Identifier: MIT */
#include "instance.h"

#include <stdatomic.h>

#include "inherited.h"
#include "vk_result.h"
#include "vulkan_host.h"

enum debug_support { DEBUG_ABSENT = 0, DEBUG_PRESENT, DEBUG_UNKNOWN };

/* Finds out whether the loader can say more. If it cannot even list extensions, that is unknown: then a driver's
 * description is broken, and the loader may still say so. */
static enum debug_support find_debug_utils(const struct instance *instance) {
  const struct vordec_host *host = instance->sink.host;
  uint32_t count = 0;
  enum debug_support support = DEBUG_ABSENT;
  if (instance->vk.EnumerateInstanceExtensionProperties(NULL, &count, NULL) != VK_SUCCESS) return DEBUG_UNKNOWN;
  VkExtensionProperties *list = host_alloc(host, count, sizeof *list);
  if (!list) return DEBUG_ABSENT;
  const VkResult result = instance->vk.EnumerateInstanceExtensionProperties(NULL, &count, list);
  if (result == VK_SUCCESS || result == VK_INCOMPLETE) {
    for (uint32_t i = 0; i < count; i++) {
      if (strcmp(list[i].extensionName, VK_EXT_DEBUG_UTILS_EXTENSION_NAME) == 0) support = DEBUG_PRESENT;
    }
  }
  host_free(host, list);
  return support;
}

/*
 * The loader answers INCOMPATIBLE_DRIVER if no driver is named, but also if the library of a named one is missing, and
 * OUT_OF_HOST_MEMORY if a driver's JSON file is broken. What it said while it tried tells these cases apart.
 */
static enum vordec_status explain(const struct instance *instance, VkResult result, struct vordec_error *error) {
  const struct debug_sink *sink = &instance->sink;
  const bool driver_trouble = result == VK_ERROR_INCOMPATIBLE_DRIVER || result == VK_ERROR_OUT_OF_HOST_MEMORY ||
                              result == VK_ERROR_INITIALIZATION_FAILED;
  if (!driver_trouble) return vk_fail(error, result, "vkCreateInstance");
  if (result == VK_ERROR_INCOMPATIBLE_DRIVER && sink->errors == 0) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_DRIVER,
                       "the Vulkan loader found no driver (vkCreateInstance(): %s)", vk_result_name(result));
  }
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_BROKEN_DRIVER,
                     "a Vulkan driver is named but cannot be used (vkCreateInstance(): %s): %s", vk_result_name(result),
                     sink->errors ? sink->message : "the loader gave no reason");
}

enum vordec_status instance_create(struct instance *instance, const struct vordec_host *host,
                                   struct vordec_error *error) {
  *instance = (struct instance){.sink = {.host = host, .creating = true}};
  struct vk_table *vk = &instance->vk;
  enum vordec_status status = inherited_check(error);
  if (!status) status = vk_table_load(vk, error);
  if (status) return status;

  uint32_t version = VK_API_VERSION_1_0;
  if (vk->EnumerateInstanceVersion(&version) != VK_SUCCESS || version < VK_API_VERSION_1_1) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_LOADER, "the Vulkan loader is older than 1.1");
  }
  const enum debug_support support = find_debug_utils(instance);
  const bool debug = support == DEBUG_PRESENT;
  const char *extension = VK_EXT_DEBUG_UTILS_EXTENSION_NAME;
  const VkDebugUtilsMessengerCreateInfoEXT messenger = debug_messenger_info(&instance->sink);
  const VkApplicationInfo application = {
      .sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
      .pApplicationName = "vordec",
      .pEngineName = "vordec",
      .apiVersion = VK_API_VERSION_1_1,
  };
  const VkInstanceCreateInfo info = {
      .sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
      .pNext = support != DEBUG_ABSENT ? &messenger : NULL,
      .pApplicationInfo = &application,
      .enabledExtensionCount = debug ? 1 : 0,
      .ppEnabledExtensionNames = &extension,
  };
  VkResult result = vk->CreateInstance(&info, NULL, &instance->handle);
  instance->sink.creating = false;
  if (result != VK_SUCCESS) {
    instance->handle = VK_NULL_HANDLE;
    return explain(instance, result, error);
  }
  inherited_count_instance(1);
  status = vk_table_load_instance(vk, instance->handle, error);
  if (status) goto fail;
  if (debug && vk->CreateDebugUtilsMessengerEXT && vk->DestroyDebugUtilsMessengerEXT) {
    result = vk->CreateDebugUtilsMessengerEXT(instance->handle, &messenger, NULL, &instance->messenger);
    if (result != VK_SUCCESS) {
      instance->messenger = VK_NULL_HANDLE;
      status = vk_fail(error, result, "vkCreateDebugUtilsMessengerEXT");
      goto fail;
    }
  }
  return VORDEC_OK;
fail:
  instance_destroy(instance);
  return status;
}

/* Keeps one instance for good, which nobody uses again, because a driver unloads everything when its last instance
 * goes. */
static bool keep_driver_loaded(const struct instance *instance) {
  static _Atomic(VkInstance) kept;
  VkInstance nothing = VK_NULL_HANDLE;
  return instance->has_hardware && atomic_compare_exchange_strong(&kept, &nothing, instance->handle);
}

void instance_destroy(struct instance *instance) {
  const struct vk_table *vk = &instance->vk;
  if (instance->messenger) vk->DestroyDebugUtilsMessengerEXT(instance->handle, instance->messenger, NULL);
  if (instance->handle && vk->DestroyInstance && !keep_driver_loaded(instance)) {
    vk->DestroyInstance(instance->handle, NULL);
    inherited_count_instance(-1);
  }
  instance->messenger = VK_NULL_HANDLE;
  instance->handle = VK_NULL_HANDLE;
}
