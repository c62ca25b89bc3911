/*
 * cache.h - compiled kernels kept on disk, so that a second start is fast.
 *
 * Files lie in $XDG_CACHE_HOME/vordec or ~/.cache/vordec (environment read with secure_getenv). Each carries a magic
 * number, a format version, the device's UUID, the driver, what it is for and a BLAKE2b digest of its content; a file
 * in which anything differs is ignored and replaced. Written whole or not at all. The cache is an optimisation: its
 * failures are silent.
 */
#ifndef VORDEC_VULKAN_CACHE_H
#define VORDEC_VULKAN_CACHE_H

#include "vulkan_session.h"

/* Content stored under key ("pipelines", "vkfft 10226 128 3 fp32" ..) for this session's device and driver, or NULL.
 * *size is its length; free with host_free(). */
void *cache_load(const struct vordec_session *session, const char *key, size_t *size);
void cache_store(const struct vordec_session *session, const char *key, const void *content, size_t size);

/* Makes the session's VkPipelineCache from what is stored. */
enum vordec_status cache_open_pipelines(struct vordec_session *session, struct vordec_error *error);
/* Stores the session's VkPipelineCache if it has grown. */
void cache_save_pipelines(struct vordec_session *session);

#endif
