/* SPDX-License-Identifier: MIT */
/*
 * buffer.h - one buffer with memory of its own.
 */
#ifndef VORDEC_VULKAN_BUFFER_H
#define VORDEC_VULKAN_BUFFER_H

#include "gpu.h"

enum buffer_place {
  BUFFER_DEVICE = 0,    /* device-local; the host does not see it */
  BUFFER_UPLOAD,        /* the host writes it, mapped for life */
  BUFFER_DEVICE_UPLOAD, /* device-local and written by the host, mapped for life; not on every device */
  BUFFER_SHARED,   /* as BUFFER_DEVICE, with memory of its own that others can import (gpu/sharing.h); it belongs to one
                      queue */
  BUFFER_READBACK, /* the host reads it, cached where the device offers that; mapped for life */
  BUFFER_LENT      /* the same, coherent: lent to the host, which uses it as it likes */
};

struct buffer {
  VkBuffer handle;
  VkDeviceMemory memory;
  VkDeviceSize size;
  VkDeviceSize allocated; /* of its memory */
  void *mapped;
  bool coherent;
  bool shared; /* a BUFFER_SHARED */
};

/* The memory type that a place uses among those in type_bits; UINT32_MAX if there is none. */
uint32_t buffer_memory_type(const struct device_facts *facts, enum buffer_place place, uint32_t type_bits);

/* Makes a buffer of `size` bytes (> 0). *buffer is zeroed on failure. */
enum vordec_status buffer_create(struct gpu *gpu, enum buffer_place place, uint64_t size, const char *name,
                                 struct buffer *buffer, struct vordec_error *error);
/* Accepts a zeroed buffer. The device must have finished with it. */
void buffer_destroy(struct gpu *gpu, struct buffer *buffer);

/* Makes the host's writes visible to the device, and the device's writes to the host. Does nothing for coherent memory,
 * or memory that is not mapped. */
VkResult buffer_flush(const struct gpu *gpu, const struct buffer *buffer);
VkResult buffer_invalidate(const struct gpu *gpu, const struct buffer *buffer);

#endif
