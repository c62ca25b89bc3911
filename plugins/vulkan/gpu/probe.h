/* SPDX-License-Identifier: MIT */
/*
 * probe.h - the backend's probe slot.
 */
#ifndef VORDEC_VULKAN_PROBE_H
#define VORDEC_VULKAN_PROBE_H

#include <vordec/backend.h>

/* See struct vordec_backend. Makes an instance, describes its devices and destroys it. Thread-safe. */
enum vordec_status vulkan_probe(const struct vordec_host *host, vordec_device_sink sink, void *sink_ctx,
                                struct vordec_error *error);

#endif
