/* SPDX-License-Identifier: MIT */
/*
 * host_runtime.h - a runtime: a configuration and plugins; a part of vordec.h, whose conventions hold here.
 */
#ifndef VORDEC_HOST_RUNTIME_H
#define VORDEC_HOST_RUNTIME_H

#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vordec_config;

/* Called from any thread; one line without a newline. It must not call the library with the same runtime. */
typedef void (*vordec_log_fn)(void *ctx, enum vordec_log_level level, const char *message);

/* A configuration and the plugins loaded under it. Decoders, rollouts, simulations and encoders borrow it. */
struct vordec_runtime;

/* Copies the configuration; log_ctx is borrowed. log may be NULL (silence). Loads nothing yet. Any thread. */
VORDEC_API enum vordec_status vordec_runtime_create(const struct vordec_config *config, vordec_log_fn log,
                                                    void *log_ctx, struct vordec_runtime **runtime,
                                                    struct vordec_error *error);
/* Does the same with an INI file (NULL: the built-in defaults); warnings go to stderr. Any thread. */
VORDEC_API enum vordec_status vordec_runtime_open(const char *ini_path, struct vordec_runtime **runtime,
                                                  struct vordec_error *error);
/* Accepts NULL. Destroy all decoders, rollouts, simulations, encoders, adjoints and metrics of the runtime first.
 * Plugins that opened a device stay loaded. Any thread, after all other calls on it. */
VORDEC_API void vordec_runtime_destroy(struct vordec_runtime *runtime);

/* The folder that plugins are loaded from. The string belongs to the runtime and is valid as long as it. Any thread. */
VORDEC_API const char *vordec_runtime_plugin_folder(const struct vordec_runtime *runtime);

/* Called once per device, or once with device = NULL for a backend that has none. `refusal` says why the device cannot
 * be used under the runtime's configuration; its status is OK if it can be used. Pointers are valid during the call. */
typedef void (*vordec_device_visitor)(void *ctx, const char *backend, const char *description,
                                      const struct vordec_device *device, const struct vordec_error *refusal);
/* Loads and probes every plugin in the folder, in the order that `auto` would consider them. Any thread: callers with
 * the same runtime take turns, so the visitor must not call back into it. */
VORDEC_API enum vordec_status vordec_runtime_visit_devices(struct vordec_runtime *runtime, vordec_device_visitor visit,
                                                           void *ctx, struct vordec_error *error);
/* Does the same for one backend, and loads no other. Any thread, likewise. */
VORDEC_API enum vordec_status vordec_runtime_visit_backend(struct vordec_runtime *runtime, const char *backend,
                                                           vordec_device_visitor visit, void *ctx,
                                                           struct vordec_error *error);

/* The i-th of the FFTs that a backend offers; NULL after the last one, or if the backend cannot be loaded or probed.
 * The first call loads and probes the backend. The string is valid as long as the runtime. Any thread, in turns with
 * calls that make decoders. */
VORDEC_API const char *vordec_runtime_fft(struct vordec_runtime *runtime, const char *backend, size_t i);

#ifdef __cplusplus
}
#endif

#endif
