/* SPDX-License-Identifier: MIT */
/*
 * vkfft_header.h - VkFFT itself, behind a few C functions. All of them are called between vkfft_calls_enter() and
 * vkfft_calls_leave() only.
 */
#ifndef VORDEC_VULKAN_VKFFT_HEADER_H
#define VORDEC_VULKAN_VKFFT_HEADER_H

#include "gpu/vk_table.h"

#ifdef __cplusplus
extern "C" {
#endif

struct vkfft_application; /* VkFFT's */

/* VkFFT keeps the addresses: what they point to must outlive the application. */
struct vkfft_setup {
  VkPhysicalDevice *physical_device;
  VkDevice *device;
  VkQueue *queue;
  VkCommandPool *command_pool;
  VkFence *fence;
  uint64_t n, batch, spectrum_bytes, field_bytes;
  bool fp64;
  VkBuffer *spectrum; /* n rows of n / 2 + 1 complex values, times batch */
  VkBuffer *field;    /* n x n real values, times batch */
  void *stored;       /* from vkfft_application_stored(), or NULL: compile */
};

/* Version as VkFFT counts it: 10226 is 1.2.26. */
int vkfft_version(void);

/* An application that does the inverse transform spectrum -> field, or NULL with VkFFT's error code in *code (0:
 * memory).
 */
struct vkfft_application *vkfft_application_create(struct vkfft_setup *setup, int *code);
void vkfft_application_destroy(struct vkfft_application *application);

/* Appends the transform to a command buffer; VkFFT's error code, 0 is success. */
int vkfft_application_append(struct vkfft_application *application, VkCommandBuffer commands);

/* The compiled kernels, in VkFFT's own form; NULL if they were not compiled but loaded. */
const void *vkfft_application_stored(const struct vkfft_application *application, size_t *size);

#ifdef __cplusplus
}
#endif

#endif
