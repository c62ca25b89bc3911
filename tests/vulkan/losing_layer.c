/* SPDX-License-Identifier: MIT */
/*
 * A Vulkan layer for tests: VORDEC_TEST_LOSE=N:K loses the N-th device that the process makes, counted from 1, at its
 * K-th submission, as a card that fails is lost: that and all later calls that wait or submit say so, and nothing
 * reaches the device any more. N:K:R loses it in rank R alone.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "test_layer.h"

#define MOST 64

/* One of them is never lost and needs no more than what lies below. */
struct device {
  VkDevice handle;
  PFN_vkGetDeviceProcAddr find;
  PFN_vkQueueSubmit submit;
  PFN_vkWaitForFences wait;
  PFN_vkGetFenceStatus look;
  PFN_vkDeviceWaitIdle idle;
  PFN_vkQueueWaitIdle queue_idle;
  VkQueue queues[MOST];
  atomic_int queue_count;
  atomic_long submissions;
  long at; /* the submission at which it is lost; 0: never */
};

static PFN_vkGetInstanceProcAddr below;
static struct device devices[MOST];
static atomic_int device_count;

static struct device *device_of(VkDevice handle) {
  for (int i = atomic_load(&device_count); i-- > 0;) {
    if (devices[i].handle == handle) return &devices[i];
  }
  return NULL;
}

static struct device *device_of_queue(VkQueue queue) {
  for (int i = atomic_load(&device_count); i-- > 0;) {
    for (int j = 0; j < atomic_load(&devices[i].queue_count); j++) {
      if (devices[i].queues[j] == queue) return &devices[i];
    }
  }
  return NULL;
}

static bool is_lost(const struct device *device) {
  return device->at && atomic_load(&device->submissions) >= device->at;
}

/* ---- what is asked for */

static long loss_of(int number) {
  const char *asked = getenv("VORDEC_TEST_LOSE"), *rank = getenv("OMPI_COMM_WORLD_RANK");
  int which = 0, whose = -1;
  long at = 0;
  if (!asked || sscanf(asked, "%d:%ld:%d", &which, &at, &whose) < 2 || which != number) return 0;
  return whose < 0 || (rank && strtol(rank, NULL, 10) == whose) ? at : 0;
}

/* ---- of a device */

static VKAPI_ATTR VkResult VKAPI_CALL submit(VkQueue queue, uint32_t count, const VkSubmitInfo *submits,
                                             VkFence fence) {
  struct device *device = device_of_queue(queue);
  atomic_fetch_add(&device->submissions, 1);
  return is_lost(device) ? VK_ERROR_DEVICE_LOST : device->submit(queue, count, submits, fence);
}

static VKAPI_ATTR VkResult VKAPI_CALL wait_for(VkDevice handle, uint32_t count, const VkFence *fences, VkBool32 all,
                                               uint64_t timeout) {
  const struct device *device = device_of(handle);
  return is_lost(device) ? VK_ERROR_DEVICE_LOST : device->wait(handle, count, fences, all, timeout);
}

static VKAPI_ATTR VkResult VKAPI_CALL look_at(VkDevice handle, VkFence fence) {
  const struct device *device = device_of(handle);
  return is_lost(device) ? VK_ERROR_DEVICE_LOST : device->look(handle, fence);
}

/* What was submitted before is waited for all the same: it really runs. */
static VKAPI_ATTR VkResult VKAPI_CALL become_idle(VkDevice handle) {
  const struct device *device = device_of(handle);
  const VkResult result = device->idle(handle);
  return is_lost(device) ? VK_ERROR_DEVICE_LOST : result;
}

static VKAPI_ATTR VkResult VKAPI_CALL queue_becomes_idle(VkQueue queue) {
  const struct device *device = device_of_queue(queue);
  const VkResult result = device->queue_idle(queue);
  return is_lost(device) ? VK_ERROR_DEVICE_LOST : result;
}

static VKAPI_ATTR void VKAPI_CALL get_queue(VkDevice handle, uint32_t family, uint32_t index, VkQueue *queue) {
  struct device *device = device_of(handle);
  ((PFN_vkGetDeviceQueue)device->find(handle, "vkGetDeviceQueue"))(handle, family, index, queue);
  device->queues[atomic_fetch_add(&device->queue_count, 1) % MOST] = *queue;
}

LAYER_EXPORT VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL losing_layer_device(VkDevice handle, const char *name);
LAYER_EXPORT VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL losing_layer_device(VkDevice handle, const char *name) {
  static const struct layer_function ours[] = {{"vkGetDeviceProcAddr", (PFN_vkVoidFunction)losing_layer_device},
                                               {"vkGetDeviceQueue", (PFN_vkVoidFunction)get_queue},
                                               {"vkQueueSubmit", (PFN_vkVoidFunction)submit},
                                               {"vkWaitForFences", (PFN_vkVoidFunction)wait_for},
                                               {"vkGetFenceStatus", (PFN_vkVoidFunction)look_at},
                                               {"vkDeviceWaitIdle", (PFN_vkVoidFunction)become_idle},
                                               {"vkQueueWaitIdle", (PFN_vkVoidFunction)queue_becomes_idle}};
  const PFN_vkVoidFunction own = layer_own(ours, sizeof ours / sizeof *ours, name);
  const struct device *device = device_of(handle);
  if (own) return own;
  return device ? device->find(handle, name) : NULL;
}

/* ---- how devices come about */

static VkInstance first;

static VKAPI_ATTR VkResult VKAPI_CALL create_instance(const VkInstanceCreateInfo *info,
                                                      const VkAllocationCallbacks *callbacks, VkInstance *instance) {
  const VkResult result = layer_create_instance(info, callbacks, instance, &below);
  if (result == VK_SUCCESS) first = *instance;
  return result;
}

static VKAPI_ATTR VkResult VKAPI_CALL create_device(VkPhysicalDevice physical, const VkDeviceCreateInfo *info,
                                                    const VkAllocationCallbacks *callbacks, VkDevice *handle) {
  VkLayerDeviceCreateInfo *link = layer_device_link(info);
  const int number = atomic_load(&device_count);
  if (!link || number == MOST) return VK_ERROR_INITIALIZATION_FAILED;
  const PFN_vkGetInstanceProcAddr instance = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
  const PFN_vkGetDeviceProcAddr find = link->u.pLayerInfo->pfnNextGetDeviceProcAddr;
  link->u.pLayerInfo = link->u.pLayerInfo->pNext;
  const VkResult result = ((PFN_vkCreateDevice)instance(first, "vkCreateDevice"))(physical, info, callbacks, handle);
  if (result != VK_SUCCESS) return result;
  struct device *device = &devices[number];
  device->handle = *handle;
  device->find = find;
  device->submit = (PFN_vkQueueSubmit)find(*handle, "vkQueueSubmit");
  device->wait = (PFN_vkWaitForFences)find(*handle, "vkWaitForFences");
  device->look = (PFN_vkGetFenceStatus)find(*handle, "vkGetFenceStatus");
  device->idle = (PFN_vkDeviceWaitIdle)find(*handle, "vkDeviceWaitIdle");
  device->queue_idle = (PFN_vkQueueWaitIdle)find(*handle, "vkQueueWaitIdle");
  device->at = loss_of(number + 1);
  atomic_fetch_add(&device_count, 1);
  return VK_SUCCESS;
}

LAYER_EXPORT VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL losing_layer_instance(VkInstance instance, const char *name);
LAYER_EXPORT VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL losing_layer_instance(VkInstance instance, const char *name) {
  static const struct layer_function ours[] = {{"vkGetInstanceProcAddr", (PFN_vkVoidFunction)losing_layer_instance},
                                               {"vkGetDeviceProcAddr", (PFN_vkVoidFunction)losing_layer_device},
                                               {"vkCreateInstance", (PFN_vkVoidFunction)create_instance},
                                               {"vkCreateDevice", (PFN_vkVoidFunction)create_device}};
  const PFN_vkVoidFunction own = layer_own(ours, sizeof ours / sizeof *ours, name);
  if (own) return own;
  return below && instance ? below(instance, name) : NULL;
}
