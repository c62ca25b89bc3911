/* SPDX-License-Identifier: MIT */
/*
 * small_device.h - the devices that llvmpipe poses as under decode_vulkan.so: one row each, with what it announces.
 *
 * What a row announces is enforced (small_memory.h, small_module.h, small_commands.h): a plugin that oversteps it is
 * told so in one line, and its process ends.
 */
#ifndef VORDEC_TEST_SMALL_DEVICE_H
#define VORDEC_TEST_SMALL_DEVICE_H

#include "../../plugins/vulkan/gpu/vk_table.h"

#define SMALL_TYPES_MAX 3u

struct small_device {
  const char *name;
  uint32_t shared_bytes, invocations, storage_buffers;
  uint32_t range_bytes; /* of a storage buffer */
  uint32_t timestamp_bits;
  uint32_t subgroup; /* llvmpipe's own, by LP_NATIVE_VECTOR_WIDTH */
  bool fp64;
  uint32_t type_count;
  VkMemoryPropertyFlags types[SMALL_TYPES_MAX]; /* those that the host sees and the device's own lie in two heaps */
};

/* Row i; NULL behind the last. */
const struct small_device *small_device_at(size_t i);

/* The row that VORDEC_SMALL_DEVICE names; ends the process if there is none. */
const struct small_device *small_device(void);

/* Says how the plugin oversteps what its device announces, on standard error and at the end of the file
 * VORDEC_SMALL_LOG, and ends the process. */
__attribute__((noreturn, format(printf, 1, 2))) void small_overstep(const char *format, ...);

/* Limits that no row varies: the least that Vulkan lets a device announce, the largest atom. */
#define SMALL_ATOM_BYTES 256u
#define SMALL_OFFSET_ALIGNMENT 256u
#define SMALL_WORKGROUPS 65535u
#define SMALL_PUSH_BYTES 128u

/* The posed clock's ticks in one of llvmpipe's: so many that 36 bits wrap once a second. */
#define SMALL_TICKS 64u

#endif
