/* SPDX-License-Identifier: MIT */
/* A configuration, the plugins that it has led to so far, and what the core lends to them. */
#ifndef VORDEC_CORE_RUNTIME_H
#define VORDEC_CORE_RUNTIME_H

#include <pthread.h>

#include "config.h"
#include "core/policy/select.h"
#include "loader.h"
#include "log.h"

/* One backend by name: not tried yet, probed, or failed to load or probe. */
struct runtime_backend {
  char name[PLUGIN_NAME_MAX];
  enum candidate_state state;
  struct vordec_error failure;
  struct plugin plugin;
  struct vordec_device *devices;
  size_t device_count;
};

struct vordec_runtime {
  uint64_t owner; /* process_token() of the process that made it */
  struct vordec_config *config;
  struct log_sink log;
  struct vordec_host host;
  char *folder;
  pthread_mutex_t lock;              /* guards what follows */
  struct runtime_backend **backends; /* pointers stay put while the array grows */
  size_t backend_count;
};

/* Says whether it was made in this process. Of one that was not, nothing may be touched except its configuration and
 * its names: another thread may have held its lock at the fork, and drivers do not work in two processes. */
bool runtime_is_here(const struct vordec_runtime *runtime);

/* Returns the backend of that name, which is entered as untried if it is new; NULL: out of memory. Call with the lock
 * held. */
struct runtime_backend *runtime_backend(struct vordec_runtime *runtime, const char *name);
/* Loads and probes the backend if that has not been tried; the outcome is in its state. Call with the lock held. */
enum vordec_status runtime_probe(struct vordec_runtime *runtime, struct runtime_backend *backend,
                                 struct vordec_error *error);

/* Returns [decode] of the configuration as a request; `fallback_text` is cut up to hold the names and must outlive the
 * request. */
void runtime_request(const struct vordec_config *config, char *fallback_text, size_t size,
                     struct select_request *request);

#endif
