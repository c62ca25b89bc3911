/* SPDX-License-Identifier: MIT */
/*
 * vulkan_device.h - what a physical device is and can do.
 */
#ifndef VORDEC_VULKAN_DEVICE_H
#define VORDEC_VULKAN_DEVICE_H

#include "instance.h"

struct device_facts {
  VkPhysicalDevice handle;
  VkPhysicalDeviceProperties properties;
  VkPhysicalDeviceMemoryProperties memory;
  struct vordec_device info; /* what probe reports */
  uint32_t queue_family;
  uint32_t copy_family;    /* a family that does nothing but copy, with the same timestamps; otherwise queue_family */
  uint32_t timestamp_bits; /* 0: the queue has no timestamps */
  bool has_fp64, has_memory_budget;
  bool shares_memory;        /* buffers can be exported as file descriptors */
  bool shares_semaphores;    /* .. and timeline semaphores, too */
  uint64_t max_buffer_bytes; /* the largest buffer that a kernel can see whole */
};

/* Says whether copies to the host have a queue of their own. */
static inline bool device_copies_apart(const struct device_facts *facts) {
  return facts->copy_family != facts->queue_family;
}

/* Receives a device; returns false to stop. */
typedef bool (*device_visitor)(void *ctx, const struct device_facts *facts);

/*
 * Describes every physical device in the loader's order, and notes whether one is hardware. E_UNSUPPORTED with
 * REASON_NO_DEVICE if there is none.
 */
enum vordec_status device_visit(struct instance *instance, device_visitor visit, void *ctx, struct vordec_error *error);

/* The nanoseconds from one time mark to another. The device has timestamps. */
double device_ns_between(const struct device_facts *facts, uint64_t from, uint64_t to);

/* The bytes that may still be allocated from a heap: the driver's budget minus its use, or the heap's size. */
uint64_t device_heap_available(const struct vk_table *vk, const struct device_facts *facts, uint32_t heap);

#endif
