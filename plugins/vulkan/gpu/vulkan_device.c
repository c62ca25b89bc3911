/* SPDX-License-Identifier: MIT */
#include "vulkan_device.h"

#include "inherited.h"
#include "push_constants.h"
#include "vk_result.h"
#include "vulkan_host.h"

#include <math.h>

#define STORAGE_BUFFERS_NEEDED 8 /* the kernel combine binds that many */

struct extensions {
  bool driver_properties, memory_budget, memory_fd, semaphore_fd, timeline;
};

static VkResult list_extensions(const struct instance *instance, VkPhysicalDevice device, struct extensions *found) {
  const struct vk_table *vk = &instance->vk;
  const struct vordec_host *host = instance->sink.host;
  uint32_t count = 0;
  VkResult result = vk->EnumerateDeviceExtensionProperties(device, NULL, &count, NULL);
  if (result != VK_SUCCESS || count == 0) return result;
  VkExtensionProperties *list = host_alloc(host, count, sizeof *list);
  if (!list) return VK_ERROR_OUT_OF_HOST_MEMORY;
  result = vk->EnumerateDeviceExtensionProperties(device, NULL, &count, list);
  for (uint32_t i = 0; result == VK_SUCCESS && i < count; i++) {
    const char *name = list[i].extensionName;
    if (strcmp(name, VK_KHR_DRIVER_PROPERTIES_EXTENSION_NAME) == 0) found->driver_properties = true;
    if (strcmp(name, VK_EXT_MEMORY_BUDGET_EXTENSION_NAME) == 0) found->memory_budget = true;
    if (strcmp(name, VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME) == 0) found->memory_fd = true;
    if (strcmp(name, VK_KHR_EXTERNAL_SEMAPHORE_FD_EXTENSION_NAME) == 0) found->semaphore_fd = true;
    if (strcmp(name, VK_KHR_TIMELINE_SEMAPHORE_EXTENSION_NAME) == 0) found->timeline = true;
  }
  host_free(host, list);
  return result;
}

/* Whether the driver is a program that computes on the CPU, whatever type its devices claim to have. */
static bool is_program(VkDriverId id) {
  static const VkDriverId programs[] = {VK_DRIVER_ID_GOOGLE_SWIFTSHADER, VK_DRIVER_ID_MESA_LLVMPIPE};
  for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
    if (programs[i] == id) return true;
  }
  return false;
}

/* Returns the type of a device. Drivers may know more types than this list. */
static enum vordec_device_type type_of(VkPhysicalDeviceType type) {
  static const struct {
    VkPhysicalDeviceType vulkan;
    enum vordec_device_type ours;
  } types[] = {{VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU, VORDEC_DEVICE_INTEGRATED},
               {VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU, VORDEC_DEVICE_DISCRETE},
               {VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU, VORDEC_DEVICE_VIRTUAL},
               {VK_PHYSICAL_DEVICE_TYPE_CPU, VORDEC_DEVICE_SOFTWARE}};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    if (types[i].vulkan == type) return types[i].ours;
  }
  return VORDEC_DEVICE_OTHER;
}

/* Whether the family only copies. Such a family has engines of its own, so that its copies run while others compute. */
static bool only_copies(const VkQueueFamilyProperties *family, uint32_t timestamp_bits) {
  const VkQueueFlags copies = VK_QUEUE_TRANSFER_BIT | VK_QUEUE_SPARSE_BINDING_BIT | VK_QUEUE_PROTECTED_BIT;
  return family->queueCount > 0 && (family->queueFlags & VK_QUEUE_TRANSFER_BIT) && !(family->queueFlags & ~copies) &&
         family->timestampValidBits == timestamp_bits;
}

/* Finds the first family that computes, which may lack timestamps, and the first that only copies. */
static VkResult find_queues(const struct vk_table *vk, struct device_facts *facts, const struct vordec_host *host,
                            bool *found) {
  uint32_t count = 0;
  *found = false;
  vk->GetPhysicalDeviceQueueFamilyProperties(facts->handle, &count, NULL);
  VkQueueFamilyProperties *list = host_alloc(host, count, sizeof *list);
  if (!list) return VK_ERROR_OUT_OF_HOST_MEMORY;
  vk->GetPhysicalDeviceQueueFamilyProperties(facts->handle, &count, list);
  for (uint32_t i = 0; i < count && !*found; i++) {
    if (!(list[i].queueFlags & VK_QUEUE_COMPUTE_BIT) || list[i].queueCount == 0) continue;
    *found = true;
    facts->queue_family = i;
    facts->timestamp_bits = list[i].timestampValidBits;
  }
  facts->copy_family = facts->queue_family;
  for (uint32_t i = count; i-- > 0 && *found;) {
    if (only_copies(&list[i], facts->timestamp_bits)) facts->copy_family = i;
  }
  host_free(host, list);
  if (facts->properties.limits.timestampPeriod <= 0.0f) facts->timestamp_bits = 0;
  return VK_SUCCESS;
}

static void refuse(struct vordec_device *info, enum vordec_reason reason, const char *detail) {
  if (info->unusable) return;
  info->unusable = reason;
  snprintf(info->unusable_detail, sizeof info->unusable_detail, "%s", detail);
}

/* Judges whether there is hardware behind the device. Every real device has what is looked at here (the UUID if it has
 * Vulkan 1.1), and the devices of drivers that compile for hardware which is not there, as with RADV_FORCE_FAMILY, lack
 * it. */
static void judge_presence(struct device_facts *facts) {
  static const uint8_t none[sizeof facts->info.uuid];
  const enum vordec_reason reason = VORDEC_REASON_NULL_DEVICE;
  const double period = (double)facts->properties.limits.timestampPeriod;
  if (facts->memory.memoryHeapCount == 0)
    refuse(&facts->info, reason, "it has no memory, so there is no hardware behind it");
  if (!isfinite(period) || period <= 0.0) {
    refuse(&facts->info, reason, "its clock has no period, so there is no hardware behind it");
  }
  if (memcmp(facts->info.uuid, none, sizeof none) == 0) {
    refuse(&facts->info, reason, "its UUID is zero, so there is no hardware behind it");
  }
}

static void judge(struct device_facts *facts, bool has_queue) {
  const VkPhysicalDeviceLimits *limits = &facts->properties.limits;
  const enum vordec_reason reason = VORDEC_REASON_DEVICE_UNSUITABLE;
  if (facts->properties.apiVersion < VK_API_VERSION_1_1) {
    refuse(&facts->info, reason, "its driver is older than Vulkan 1.1");
  }
  judge_presence(facts);
  if (!has_queue) refuse(&facts->info, reason, "it has no compute queue");
  if (limits->maxComputeWorkGroupInvocations < VORDEC_WORKGROUP ||
      limits->maxComputeWorkGroupSize[0] < VORDEC_WORKGROUP) {
    refuse(&facts->info, reason, "its workgroups are smaller than 256 threads");
  }
  if (limits->maxPerStageDescriptorStorageBuffers < STORAGE_BUFFERS_NEEDED) {
    refuse(&facts->info, reason, "its kernels can see fewer than 8 buffers");
  }
}

static void describe_driver(struct vordec_device *info, const VkPhysicalDeviceDriverProperties *driver,
                            uint32_t version) {
  if (driver->driverName[0]) {
    snprintf(info->driver, sizeof info->driver, "%.120s %.120s", driver->driverName, driver->driverInfo);
  } else {
    snprintf(info->driver, sizeof info->driver, "version %u.%u.%u", VK_API_VERSION_MAJOR(version),
             VK_API_VERSION_MINOR(version), VK_API_VERSION_PATCH(version));
  }
}

static void describe_limits(struct device_facts *facts, const VkPhysicalDeviceMaintenance3Properties *maintenance,
                            uint32_t subgroup_size) {
  struct vordec_device *info = &facts->info;
  const VkPhysicalDeviceLimits *limits = &facts->properties.limits;
  for (uint32_t i = 0; i < facts->memory.memoryHeapCount; i++) {
    if (facts->memory.memoryHeaps[i].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT) {
      info->memory_bytes += facts->memory.memoryHeaps[i].size;
    }
  }
  facts->max_buffer_bytes = limits->maxStorageBufferRange;
  if (maintenance->maxMemoryAllocationSize && maintenance->maxMemoryAllocationSize < facts->max_buffer_bytes) {
    facts->max_buffer_bytes = maintenance->maxMemoryAllocationSize;
  }
  info->max_buffer_bytes = facts->max_buffer_bytes;
  info->shared_memory_bytes = limits->maxComputeSharedMemorySize;
  info->max_workgroup_size = limits->maxComputeWorkGroupInvocations;
  info->subgroup_size = subgroup_size;
}

static bool exports_buffers(const struct vk_table *vk, VkPhysicalDevice device) {
  const VkPhysicalDeviceExternalBufferInfo info = {
      .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_BUFFER_INFO,
      .usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT,
      .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT};
  VkExternalBufferProperties found = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_BUFFER_PROPERTIES};
  if (!vk->GetPhysicalDeviceExternalBufferProperties) return false;
  vk->GetPhysicalDeviceExternalBufferProperties(device, &info, &found);
  return found.externalMemoryProperties.externalMemoryFeatures & VK_EXTERNAL_MEMORY_FEATURE_EXPORTABLE_BIT;
}

static bool exports_timelines(const struct vk_table *vk, VkPhysicalDevice device) {
  const VkSemaphoreTypeCreateInfo type = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO,
                                          .semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE};
  const VkPhysicalDeviceExternalSemaphoreInfo info = {.sType =
                                                          VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_SEMAPHORE_INFO,
                                                      .pNext = &type,
                                                      .handleType = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT};
  VkExternalSemaphoreProperties found = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_SEMAPHORE_PROPERTIES};
  VkPhysicalDeviceTimelineSemaphoreFeatures timeline = {
      .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TIMELINE_SEMAPHORE_FEATURES};
  VkPhysicalDeviceFeatures2 features = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, .pNext = &timeline};
  if (!vk->GetPhysicalDeviceFeatures2 || !vk->GetPhysicalDeviceExternalSemaphoreProperties) return false;
  vk->GetPhysicalDeviceFeatures2(device, &features);
  if (!timeline.timelineSemaphore) return false;
  vk->GetPhysicalDeviceExternalSemaphoreProperties(device, &info, &found);
  return found.externalSemaphoreFeatures & VK_EXTERNAL_SEMAPHORE_FEATURE_EXPORTABLE_BIT;
}

/* Finds out what of the device's memory and semaphores others can import. */
static void describe_sharing(const struct vk_table *vk, const struct extensions *extensions,
                             struct device_facts *facts) {
  if (facts->properties.apiVersion < VK_API_VERSION_1_1) return;
  facts->shares_memory = extensions->memory_fd && exports_buffers(vk, facts->handle);
  facts->shares_semaphores =
      facts->shares_memory && extensions->semaphore_fd && extensions->timeline && exports_timelines(vk, facts->handle);
}

static VkResult describe(const struct instance *instance, VkPhysicalDevice device, uint32_t index,
                         struct device_facts *facts) {
  const struct vk_table *vk = &instance->vk;
  struct extensions extensions = {0};
  VkResult result = list_extensions(instance, device, &extensions);
  if (result != VK_SUCCESS) return result;

  *facts = (struct device_facts){.handle = device, .has_memory_budget = extensions.memory_budget};
  vk->GetPhysicalDeviceProperties(device, &facts->properties);
  vk->GetPhysicalDeviceMemoryProperties(device, &facts->memory);
  VkPhysicalDeviceFeatures features = {0};
  vk->GetPhysicalDeviceFeatures(device, &features);
  facts->has_fp64 = features.shaderFloat64;

  VkPhysicalDeviceDriverProperties driver = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES};
  VkPhysicalDeviceMaintenance3Properties maintenance = {.sType =
                                                            VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES,
                                                        .pNext = extensions.driver_properties ? &driver : NULL};
  VkPhysicalDeviceSubgroupProperties subgroup = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES,
                                                 .pNext = &maintenance};
  VkPhysicalDeviceIDProperties id = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES, .pNext = &subgroup};
  VkPhysicalDeviceProperties2 properties = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &id};
  const uint32_t api = facts->properties.apiVersion;
  if (api >= VK_API_VERSION_1_1) vk->GetPhysicalDeviceProperties2(device, &properties);

  struct vordec_device *info = &facts->info;
  info->struct_size = sizeof *info;
  info->index = index;
  info->type = is_program(driver.driverID) ? VORDEC_DEVICE_SOFTWARE : type_of(facts->properties.deviceType);
  snprintf(info->name, sizeof info->name, "%.255s", facts->properties.deviceName);
  snprintf(info->api, sizeof info->api, "Vulkan %u.%u.%u", VK_API_VERSION_MAJOR(api), VK_API_VERSION_MINOR(api),
           VK_API_VERSION_PATCH(api));
  memcpy(info->uuid, id.deviceUUID, sizeof info->uuid);
  describe_driver(info, &driver, facts->properties.driverVersion);
  describe_limits(facts, &maintenance, subgroup.subgroupSize);
  describe_sharing(vk, &extensions, facts);
  bool has_queue = false;
  result = find_queues(vk, facts, instance->sink.host, &has_queue);
  if (result != VK_SUCCESS) return result;
  info->capabilities =
      VORDEC_CAP_FP32 | (facts->has_fp64 ? VORDEC_CAP_FP64 : 0u) | (facts->timestamp_bits ? VORDEC_CAP_TIMESTAMPS : 0u);
  judge(facts, has_queue);
  return VK_SUCCESS;
}

enum vordec_status device_visit(struct instance *instance, device_visitor visit, void *ctx,
                                struct vordec_error *error) {
  const struct vk_table *vk = &instance->vk;
  const struct vordec_host *host = instance->sink.host;
  uint32_t count = 0;
  const char *call = "vkEnumeratePhysicalDevices";
  VkResult result = vk->EnumeratePhysicalDevices(instance->handle, &count, NULL);
  if (result == VK_SUCCESS && count == 0) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_DEVICE, "the Vulkan drivers offer no device");
  }
  if (result != VK_SUCCESS) return vk_fail(error, result, call);
  VkPhysicalDevice *list = host_alloc(host, count, sizeof(VkPhysicalDevice));
  struct device_facts *facts = host_alloc(host, 1, sizeof *facts);
  if (!list || !facts) {
    result = VK_ERROR_OUT_OF_HOST_MEMORY;
    goto done;
  }
  result = vk->EnumeratePhysicalDevices(instance->handle, &count, list);
  if (result == VK_INCOMPLETE) result = VK_SUCCESS;
  for (uint32_t i = 0; result == VK_SUCCESS && i < count; i++) {
    call = "vkEnumerateDeviceExtensionProperties";
    result = describe(instance, list[i], i, facts);
    const bool program = facts->info.type == VORDEC_DEVICE_SOFTWARE;
    if (result == VK_SUCCESS && !program && facts->info.unusable != VORDEC_REASON_NULL_DEVICE) {
      instance->has_hardware = true;
      inherited_note_hardware();
    }
    if (result == VK_SUCCESS && !visit(ctx, facts)) break;
  }
done:
  host_free(host, list);
  host_free(host, facts);
  return result == VK_SUCCESS ? VORDEC_OK : vk_fail(error, result, call);
}

uint64_t device_heap_available(const struct vk_table *vk, const struct device_facts *facts, uint32_t heap) {
  const uint64_t size = facts->memory.memoryHeaps[heap].size;
  if (!facts->has_memory_budget) return size;
  VkPhysicalDeviceMemoryBudgetPropertiesEXT budget = {
      .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT};
  VkPhysicalDeviceMemoryProperties2 properties = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2,
                                                  .pNext = &budget};
  vk->GetPhysicalDeviceMemoryProperties2(facts->handle, &properties);
  if (budget.heapBudget[heap] == 0) return size;
  return budget.heapBudget[heap] > budget.heapUsage[heap] ? budget.heapBudget[heap] - budget.heapUsage[heap] : 0;
}

double device_ns_between(const struct device_facts *facts, uint64_t from, uint64_t to) {
  const uint64_t valid = facts->timestamp_bits >= 64 ? UINT64_MAX : (1ull << facts->timestamp_bits) - 1;
  return (double)((to - from) & valid) * (double)facts->properties.limits.timestampPeriod;
}
