/* SPDX-License-Identifier: MIT */
/*
 * decode_vulkan.so for a small device: loads the real one (VORDEC_TEST_PLUGIN), puts the posed device under its table
 * of functions, and is it from then on.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../plugins/vulkan/gpu/debug.h"
#include "small_commands.h"
#include "small_memory.h"

static struct vk_table real;

/* ---- what the device says of itself ---- */

/* Others, where there are such, are left out. */
static bool poses(VkPhysicalDevice device) {
  VkPhysicalDeviceProperties properties;
  real.GetPhysicalDeviceProperties(device, &properties);
  return properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU;
}

static void pose_properties(VkPhysicalDeviceProperties *properties) {
  const struct small_device *device = small_device();
  VkPhysicalDeviceLimits *limits = &properties->limits;
  snprintf(properties->deviceName, sizeof properties->deviceName, "posed %s", device->name);
  limits->maxComputeSharedMemorySize = device->shared_bytes;
  limits->maxComputeWorkGroupInvocations = device->invocations;
  limits->maxComputeWorkGroupSize[0] = limits->maxComputeWorkGroupSize[1] = device->invocations;
  limits->maxComputeWorkGroupSize[2] = 64;
  for (int i = 0; i < 3; i++) limits->maxComputeWorkGroupCount[i] = SMALL_WORKGROUPS;
  limits->maxStorageBufferRange = device->range_bytes;
  limits->maxPerStageDescriptorStorageBuffers = device->storage_buffers;
  limits->maxPushConstantsSize = SMALL_PUSH_BYTES;
  limits->minStorageBufferOffsetAlignment = SMALL_OFFSET_ALIGNMENT;
  limits->nonCoherentAtomSize = SMALL_ATOM_BYTES;
  limits->timestampComputeAndGraphics = device->timestamp_bits != 0;
  limits->timestampPeriod /= (float)SMALL_TICKS;
}

static VKAPI_ATTR void VKAPI_CALL get_properties(VkPhysicalDevice device, VkPhysicalDeviceProperties *properties) {
  real.GetPhysicalDeviceProperties(device, properties);
  if (poses(device)) pose_properties(properties);
}

/* Caches on disk go by it. */
static void pose_uuid(VkPhysicalDeviceIDProperties *id) {
  const char *name = small_device()->name;
  for (size_t i = 0; name[i]; i++) id->deviceUUID[i % VK_UUID_SIZE] ^= (uint8_t)name[i];
}

static void check_subgroup(const VkPhysicalDeviceSubgroupProperties *subgroup) {
  if (subgroup->subgroupSize == small_device()->subgroup) return;
  small_overstep("llvmpipe has subgroups of %u, not of %u: the test does not test what it says", subgroup->subgroupSize,
                 small_device()->subgroup);
}

static VKAPI_ATTR void VKAPI_CALL get_properties2(VkPhysicalDevice device, VkPhysicalDeviceProperties2 *properties) {
  real.GetPhysicalDeviceProperties2(device, properties);
  if (!poses(device)) return;
  pose_properties(&properties->properties);
  for (VkBaseOutStructure *next = properties->pNext; next; next = next->pNext) {
    if (next->sType == VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES) pose_uuid((void *)next);
    if (next->sType == VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES) check_subgroup((void *)next);
  }
}

static VKAPI_ATTR void VKAPI_CALL get_features(VkPhysicalDevice device, VkPhysicalDeviceFeatures *features) {
  real.GetPhysicalDeviceFeatures(device, features);
  if (poses(device) && !small_device()->fp64) features->shaderFloat64 = VK_FALSE;
}

static VKAPI_ATTR void VKAPI_CALL get_memory(VkPhysicalDevice device, VkPhysicalDeviceMemoryProperties *memory) {
  real.GetPhysicalDeviceMemoryProperties(device, memory);
  if (poses(device)) small_memory_pose(small_device(), memory);
}

/* Nor does it tell a budget. */
static VKAPI_ATTR void VKAPI_CALL get_memory2(VkPhysicalDevice device, VkPhysicalDeviceMemoryProperties2 *memory) {
  real.GetPhysicalDeviceMemoryProperties2(device, memory);
  if (!poses(device)) return;
  small_memory_pose(small_device(), &memory->memoryProperties);
  for (VkBaseOutStructure *next = memory->pNext; next; next = next->pNext) {
    if (next->sType != VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT) continue;
    VkPhysicalDeviceMemoryBudgetPropertiesEXT *budget = (VkPhysicalDeviceMemoryBudgetPropertiesEXT *)(void *)next;
    memset(budget->heapBudget, 0, sizeof budget->heapBudget);
  }
}

/* One family of one queue. */
static VKAPI_ATTR void VKAPI_CALL get_families(VkPhysicalDevice device, uint32_t *count,
                                               VkQueueFamilyProperties *families) {
  if (poses(device) && (!families || *count > 1)) *count = 1;
  if (poses(device) && !families) return;
  real.GetPhysicalDeviceQueueFamilyProperties(device, count, families);
  if (!poses(device) || *count == 0) return;
  families->queueCount = 1;
  families->timestampValidBits = small_device()->timestamp_bits;
}

static VKAPI_ATTR VkResult VKAPI_CALL create_device(VkPhysicalDevice physical, const VkDeviceCreateInfo *info,
                                                    const VkAllocationCallbacks *callbacks, VkDevice *device) {
  if (info->queueCreateInfoCount != 1 || info->pQueueCreateInfos->queueCount != 1) {
    small_overstep("a device with more than its one queue");
  }
  if (info->pEnabledFeatures && info->pEnabledFeatures->shaderFloat64 && !small_device()->fp64) {
    small_overstep("double precision is enabled, which is not there");
  }
  return real.CreateDevice(physical, info, callbacks, device);
}

static void hook(struct vk_table *table, enum vk_table_part part) {
  switch (part) {
  case VK_TABLE_PART_GLOBAL:
    break;
  case VK_TABLE_PART_INSTANCE:
    real = *table;
    table->GetPhysicalDeviceProperties = get_properties;
    table->GetPhysicalDeviceProperties2 = get_properties2;
    table->GetPhysicalDeviceFeatures = get_features;
    table->GetPhysicalDeviceMemoryProperties = get_memory;
    table->GetPhysicalDeviceMemoryProperties2 = get_memory2;
    table->GetPhysicalDeviceQueueFamilyProperties = get_families;
    table->CreateDevice = create_device;
    break;
  case VK_TABLE_PART_DEVICE:
    small_commands_hook(table);
    small_memory_hook(table);
    break;
  }
}

/* ---- the plugin ---- */

const struct vordec_backend *vordec_backend_entry(uint32_t abi_major, const struct vordec_host *host) {
  const char *path = getenv("VORDEC_TEST_PLUGIN");
  char bits[16];
  snprintf(bits, sizeof bits, "%u", 32 * small_device()->subgroup);
  setenv("LP_NATIVE_VECTOR_WIDTH", bits, 1); /* before the driver is loaded, which reads it then */
  void *library = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
  void *symbol = library ? dlsym(library, "vordec_backend_entry") : NULL;
  vordec_backend_entry_fn entry = NULL;
  memcpy(&entry, &symbol, sizeof entry);
  const struct vordec_backend *backend = entry ? entry(abi_major, host) : NULL;
  if (!backend) return NULL;
  const struct vulkan_debug *debug = backend->get_interface("vordec.debug/1");
  if (!debug) return NULL;
  debug->set_table_hook(hook);
  return backend;
}
