/* SPDX-License-Identifier: MIT */
/*
 * vulkan_host.h - the core's services, shortened.
 */
#ifndef VORDEC_VULKAN_HOST_H
#define VORDEC_VULKAN_HOST_H

#include <string.h>
#include <vordec/backend.h>

/* Returns zeroed memory for count items of `size` bytes, or NULL. Freed with host_free(). */
static inline void *host_alloc(const struct vordec_host *host, size_t count, size_t size) {
  if (size && count > SIZE_MAX / size) return NULL;
  size_t bytes = count * size;
  if (bytes == 0) bytes = 1;
  void *memory = host->allocate(host->ctx, 64, bytes);
  return memory ? memset(memory, 0, bytes) : NULL;
}

static inline void host_free(const struct vordec_host *host, void *memory) {
  host->release(host->ctx, memory);
}

static inline double host_ms(const struct vordec_host *host) {
  return (double)host->clock_ns(host->ctx) * 1e-6;
}

/* The failure of host_alloc(). */
static inline enum vordec_status host_no_memory(struct vordec_error *error, const char *what) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of host memory for %s", what);
}

/* Says whether something else may work where this failed: it cannot be done, or the device has no room for it. */
static inline bool host_may_go_on(const struct vordec_error *error) {
  return error->status == VORDEC_E_UNSUPPORTED ||
         (error->status == VORDEC_E_NO_MEMORY && error->reason != VORDEC_REASON_HOST_MEMORY);
}

#endif
