/* SPDX-License-Identifier: MIT */
/*
 * gpu.h - an opened device as far as most files need it: what it is, what it is called, and whether it has died.
 */
#ifndef VORDEC_VULKAN_GPU_H
#define VORDEC_VULKAN_GPU_H

#include "vulkan_device.h"

struct gpu {
  const struct vordec_host *host;
  struct vk_table vk;
  struct device_facts facts;
  VkDevice device;
  struct vordec_error failure; /* status OK: alive */
};

/* Fails with the error that killed the device, if one did. */
enum vordec_status gpu_check(const struct gpu *gpu, struct vordec_error *error);

/* Remembers error as the end of the device if its status is fatal; returns the status. */
enum vordec_status gpu_note(struct gpu *gpu, const struct vordec_error *error);

/* vk_fail() and gpu_note() in one. */
enum vordec_status gpu_fail(struct gpu *gpu, VkResult result, const char *call, struct vordec_error *error);

#endif
