/* SPDX-License-Identifier: MIT */
#include "vk_table.h"

#include <dlfcn.h>
#include <pthread.h>

static vk_table_hook table_hook;
static pthread_once_t loader_once = PTHREAD_ONCE_INIT;
static void *loader_library;
static char loader_message[256];

void vk_table_set_hook(vk_table_hook hook) {
  table_hook = hook;
}

static void run_hook(struct vk_table *table, enum vk_table_part part) {
  if (table_hook) table_hook(table, part);
}

/* Opens the loader's library. It stays open as long as the process lives, since drivers leave threads and handlers
 * behind. */
static void open_loader(void) {
  loader_library = dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL);
  if (loader_library) return;
  const char *message = dlerror();
  snprintf(loader_message, sizeof loader_message, "%s", message ? message : "unknown reason");
}

/* POSIX allows an object pointer to stand for a function, but ISO C has no cast for that. */
static PFN_vkGetInstanceProcAddr loader_entry(void) {
  union {
    void *object;
    PFN_vkGetInstanceProcAddr function;
  } entry = {.object = NULL};
  if (loader_library) entry.object = dlsym(loader_library, "vkGetInstanceProcAddr");
  return entry.function;
}

enum vordec_status vk_table_load(struct vk_table *table, struct vordec_error *error) {
  *table = (struct vk_table){0};
  pthread_once(&loader_once, open_loader);
  table->GetInstanceProcAddr = loader_entry();
  if (table->GetInstanceProcAddr) {
#define LOAD(name) table->name = (PFN_vk##name)(void (*)(void))table->GetInstanceProcAddr(VK_NULL_HANDLE, "vk" #name);
    VK_TABLE_GLOBAL(LOAD)
#undef LOAD
  }
  run_hook(table, VK_TABLE_PART_GLOBAL);
  if (!table->GetInstanceProcAddr) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_LOADER,
                       "the Vulkan loader libvulkan.so.1 cannot be opened: %s",
                       loader_message[0] ? loader_message : "it has no vkGetInstanceProcAddr");
  }
  if (!table->CreateInstance || !table->EnumerateInstanceExtensionProperties || !table->EnumerateInstanceVersion) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_LOADER,
                       "the Vulkan loader libvulkan.so.1 is older than Vulkan 1.1");
  }
  return VORDEC_OK;
}

static enum vordec_status missing(const char *name, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_BROKEN_DRIVER, "the Vulkan driver has no %s()", name);
}

enum vordec_status vk_table_load_instance(struct vk_table *table, VkInstance instance, struct vordec_error *error) {
#define LOAD(name) table->name = (PFN_vk##name)(void (*)(void))table->GetInstanceProcAddr(instance, "vk" #name);
  VK_TABLE_INSTANCE(LOAD)
  VK_TABLE_INSTANCE_OPTIONAL(LOAD)
#undef LOAD
  run_hook(table, VK_TABLE_PART_INSTANCE);
#define CHECK(name)                                                                                                    \
  if (!table->name) return missing("vk" #name, error);
  VK_TABLE_INSTANCE(CHECK)
#undef CHECK
  return VORDEC_OK;
}

enum vordec_status vk_table_load_device(struct vk_table *table, VkDevice device, struct vordec_error *error) {
#define LOAD(name) table->name = (PFN_vk##name)(void (*)(void))table->GetDeviceProcAddr(device, "vk" #name);
  VK_TABLE_DEVICE(LOAD)
  VK_TABLE_DEVICE_OPTIONAL(LOAD)
#undef LOAD
  run_hook(table, VK_TABLE_PART_DEVICE);
#define CHECK(name)                                                                                                    \
  if (!table->name) return missing("vk" #name, error);
  VK_TABLE_DEVICE(CHECK)
#undef CHECK
  return VORDEC_OK;
}
