/* SPDX-License-Identifier: MIT */
/*
 * small_memory.h - the posed device's memory: its types, and shadows of what is not coherent.
 *
 * Memory begins with bytes of 0xff, wherever it is. Where a type is not coherent, the host is given a shadow, which
 * only vkFlushMappedMemoryRanges() and vkInvalidateMappedMemoryRanges() copy, and in which it finds other bytes at
 * first.
 */
#ifndef VORDEC_TEST_SMALL_MEMORY_H
#define VORDEC_TEST_SMALL_MEMORY_H

#include "small_device.h"

/* The posed types and heaps in place of llvmpipe's. */
void small_memory_pose(const struct small_device *device, VkPhysicalDeviceMemoryProperties *memory);

/* Takes the table's functions of memory and buffers over. */
void small_memory_hook(struct vk_table *table);

/* Size of a buffer; ends the process if there is none. */
VkDeviceSize small_memory_buffer_size(VkBuffer buffer);

#endif
