/* SPDX-License-Identifier: MIT */
/*
 * cache.h - compiled kernels kept on disk, so that a second start is fast.
 *
 * Files are in $XDG_CACHE_HOME/vordec or ~/.cache/vordec (the environment is read with secure_getenv). Each carries a
 * magic number, a format version, the device's UUID, the driver, its purpose and a BLAKE2b digest of its content; a
 * file in which anything differs is ignored and replaced. Files are written whole or not at all. If there is too much
 * (CACHE_FOLDER_BYTES), what was not used for longest is deleted. The cache is an optimisation: its failures are
 * silent.
 */
#ifndef VORDEC_VULKAN_CACHE_H
#define VORDEC_VULKAN_CACHE_H

#include "gpu.h"

/* Returns the content stored under key ("pipelines", "vkfft 10226 128 3 fp32" ..) for this device and driver, or NULL.
 * *size is its length; free it with host_free(). */
void *cache_load(const struct gpu *gpu, const char *key, size_t *size);
void cache_store(const struct gpu *gpu, const char *key, const void *content, size_t size);

#endif
