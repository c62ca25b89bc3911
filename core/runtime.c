/* SPDX-License-Identifier: MIT */
#include "runtime.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/process.h"
#include "core/base/utf8.h"
#include "errors.h"
#include "intake.h"

/* ---- what plugins may call ---- */

static void host_log(void *ctx, enum vordec_log_level level, const char *message) {
  const struct vordec_runtime *runtime = ctx;
  char line[VORDEC_MESSAGE_MAX];
  snprintf(line, sizeof line, "%.*s", (int)sizeof line - 1, message);
  if ((size_t)level > VORDEC_LOG_DEBUG) level = VORDEC_LOG_WARNING;
  log_line(&runtime->log, level, "%s", utf8_tame(line, sizeof line));
}

static void *host_allocate(void *ctx, size_t alignment, size_t size) {
  (void)ctx;
  void *memory = NULL;
  if (alignment < sizeof(void *)) alignment = sizeof(void *);
  return posix_memalign(&memory, alignment, size ? size : 1) ? NULL : memory;
}

static void host_release(void *ctx, void *memory) {
  (void)ctx;
  free(memory);
}

static uint64_t host_clock(void *ctx) {
  (void)ctx;
  return clock_ns();
}

/* ---- backends ---- */

struct runtime_backend *runtime_backend(struct vordec_runtime *runtime, const char *name) {
  for (size_t i = 0; i < runtime->backend_count; i++) {
    if (strcmp(runtime->backends[i]->name, name) == 0) return runtime->backends[i];
  }
  struct runtime_backend **grown =
      realloc(runtime->backends, (runtime->backend_count + 1) * sizeof(struct runtime_backend *));
  if (!grown) return NULL;
  runtime->backends = grown;
  struct runtime_backend *backend = calloc(1, sizeof *backend);
  if (!backend) return NULL;
  snprintf(backend->name, sizeof backend->name, "%s", name);
  runtime->backends[runtime->backend_count++] = backend;
  return backend;
}

struct device_list {
  struct vordec_device *devices;
  size_t count;
  bool no_memory;
};

static void collect_device(void *ctx, const struct vordec_device *device) {
  struct device_list *list = ctx;
  struct vordec_device *grown = realloc(list->devices, (list->count + 1) * sizeof *grown);
  if (!grown) {
    list->no_memory = true;
    return;
  }
  list->devices = grown;
  intake_device(&grown[list->count++], device);
}

static enum vordec_status load_and_probe(struct vordec_runtime *runtime, struct runtime_backend *backend) {
  struct vordec_error *error = &backend->failure;
  enum vordec_status status = loader_open(runtime->folder, backend->name, &runtime->host, &backend->plugin, error);
  if (status) return status;
  struct device_list list = {0};
  intake_ready(error);
  status = intake_status(backend->plugin.backend.probe(&runtime->host, collect_device, &list, error), error);
  backend->devices = list.devices;
  backend->device_count = list.count;
  if (!status && list.no_memory) status = error_no_memory(error);
  if (!status) return VORDEC_OK;
  free(backend->devices);
  backend->devices = NULL;
  backend->device_count = 0;
  loader_close(&backend->plugin);
  return status;
}

enum vordec_status runtime_probe(struct vordec_runtime *runtime, struct runtime_backend *backend,
                                 struct vordec_error *error) {
  if (backend->state != CANDIDATE_UNTRIED) return VORDEC_OK;
  const enum vordec_status status = load_and_probe(runtime, backend);
  if (status && error_is_of_host_memory(&backend->failure)) {
    *error = backend->failure;
    return status;
  }
  backend->state = status ? CANDIDATE_FAILED : CANDIDATE_PROBED;
  if (status) {
    log_line(&runtime->log, VORDEC_LOG_INFO, "backend %s: %s", backend->name, backend->failure.message);
  } else {
    log_line(&runtime->log, VORDEC_LOG_INFO, "backend %s: %zu device(s)", backend->name, backend->device_count);
  }
  return VORDEC_OK;
}

/* ---- the runtime ---- */

/* A file that sets a value overrides what a state was made with, even if the value is there only because all defaults
 * were once written to the file. Whoever did not mean that gets a mask other than the state's. */
static void tell_overrides(const struct vordec_runtime *runtime) {
  for (enum config_id id = 0; id < CONFIG_COUNT; id++) {
    const char *where = NULL, *state = config_overridden(runtime->config, id, &where);
    if (!state) continue;
    const struct key_spec *key = key_spec_at(id);
    log_line(&runtime->log, VORDEC_LOG_WARNING,
             "%s: [%s] %s = %s is used, although the state was made with %s (%s); set it to auto, or leave it out, "
             "to decode the state as it was made",
             config_where(runtime->config, id), key->section, key->key, config_text(runtime->config, id), state, where);
  }
}

enum vordec_status vordec_runtime_create(const struct vordec_config *config, vordec_log_fn log, void *log_ctx,
                                         struct vordec_runtime **runtime, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  *runtime = NULL;
  struct vordec_runtime *made = calloc(1, sizeof *made);
  if (!made) return error_no_memory(error);
  made->owner = process_token();
  made->log = (struct log_sink){log, log_ctx};
  made->host = (struct vordec_host){
      .struct_size = sizeof made->host,
      .abi_major = VORDEC_ABI_MAJOR,
      .abi_minor = VORDEC_ABI_MINOR,
      .ctx = made,
      .log = host_log,
      .allocate = host_allocate,
      .release = host_release,
      .clock_ns = host_clock,
  };
  pthread_mutex_init(&made->lock, NULL);
  enum vordec_status status = config_clone(config, &made->config, error);
  if (!status) status = loader_folder(config_text(config, CONFIG_PLUGINS_PATH), &made->folder, error);
  if (status) {
    vordec_runtime_destroy(made);
    return status;
  }
  tell_overrides(made);
  *runtime = made;
  return VORDEC_OK;
}

enum vordec_status vordec_runtime_open(const char *ini_path, struct vordec_runtime **runtime,
                                       struct vordec_error *error) {
  struct vordec_config *config = NULL;
  *runtime = NULL;
  enum vordec_status status = vordec_config_create(&config, error);
  if (!status && ini_path) status = vordec_config_read(config, ini_path, error);
  if (!status) status = vordec_runtime_create(config, log_to_stderr, NULL, runtime, error);
  vordec_config_destroy(config);
  return status;
}

bool runtime_is_here(const struct vordec_runtime *runtime) {
  return runtime->owner == process_token();
}

void vordec_runtime_destroy(struct vordec_runtime *runtime) {
  if (!runtime || !runtime_is_here(runtime)) return;
  for (size_t i = 0; i < runtime->backend_count; i++) {
    loader_close(&runtime->backends[i]->plugin);
    free(runtime->backends[i]->devices);
    free(runtime->backends[i]);
  }
  free(runtime->backends);
  pthread_mutex_destroy(&runtime->lock);
  vordec_config_destroy(runtime->config);
  free(runtime->folder);
  free(runtime);
}

const char *vordec_runtime_plugin_folder(const struct vordec_runtime *runtime) {
  return runtime->folder;
}

const char *vordec_runtime_fft(struct vordec_runtime *runtime, const char *backend, size_t i) {
  if (!runtime_is_here(runtime)) return NULL;
  pthread_mutex_lock(&runtime->lock);
  struct runtime_backend *found = runtime_backend(runtime, backend);
  struct vordec_error ignored;
  if (found) runtime_probe(runtime, found, &ignored);
  const bool probed = found && found->state == CANDIDATE_PROBED;
  pthread_mutex_unlock(&runtime->lock);
  if (!probed) return NULL;
  const char *const *ffts = found->plugin.backend.ffts;
  size_t at = 0;
  while (at < i && ffts[at]) at++;
  return ffts[at];
}

_Static_assert(CONFIG_NAMES_MAX <= SELECT_FALLBACKS_MAX, "a request holds as many names as the configuration");

void runtime_request(const struct vordec_config *config, char *fallback_text, size_t size,
                     struct select_request *request) {
  snprintf(fallback_text, size, "%s", config_text(config, CONFIG_DECODE_FALLBACK));
  *request = (struct select_request){
      .role = SELECT_DECODE,
      .backend = config_text(config, CONFIG_DECODE_BACKEND),
      .permissive = config_number(config, CONFIG_DECODE_POLICY) == POLICY_PERMISSIVE,
      .device = config_text(config, CONFIG_DECODE_DEVICE),
      .allow_software_device = config_number(config, CONFIG_DECODE_ALLOW_SOFTWARE_DEVICE) != 0,
      .precision = (enum wanted_precision)config_number(config, CONFIG_DECODE_PRECISION),
      .fft = config_text(config, CONFIG_DECODE_FFT),
  };
  request->fallback_count = config_split(fallback_text, request->fallback, SELECT_FALLBACKS_MAX);
}

/* ---- listing devices ---- */

static void visit_backend(const struct runtime_backend *backend, const struct select_request *request,
                          vordec_device_visitor visit, void *ctx) {
  if (backend->state == CANDIDATE_FAILED) {
    visit(ctx, backend->name, "", NULL, &backend->failure);
    return;
  }
  const char *description = backend->plugin.backend.description;
  if (backend->device_count == 0) {
    struct vordec_error none;
    vordec_fail(&none, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_DEVICE, "it reports no device");
    visit(ctx, backend->name, description, NULL, &none);
  }
  for (size_t i = 0; i < backend->device_count; i++) {
    struct vordec_error refusal = {0};
    enum vordec_precision precision;
    const enum vordec_reason reason = select_judge_device(request, &backend->devices[i], &precision);
    if (reason) {
      refusal.status = VORDEC_E_REFUSED;
      refusal.reason = reason;
      select_explain_device(&backend->devices[i], reason, refusal.message, sizeof refusal.message);
    }
    visit(ctx, backend->name, description, &backend->devices[i], &refusal);
  }
}

/* Call with the lock held. */
static enum vordec_status probe_and_visit(struct vordec_runtime *runtime, const char *name, vordec_device_visitor visit,
                                          void *ctx, struct vordec_error *error) {
  char fallback_text[256];
  struct select_request request;
  struct runtime_backend *backend = runtime_backend(runtime, name);
  if (!backend) return error_no_memory(error);
  runtime_request(runtime->config, fallback_text, sizeof fallback_text, &request);
  const enum vordec_status status = runtime_probe(runtime, backend, error);
  if (!status) visit_backend(backend, &request, visit, ctx);
  return status;
}

enum vordec_status vordec_runtime_visit_backend(struct vordec_runtime *runtime, const char *backend,
                                                vordec_device_visitor visit, void *ctx, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  if (!runtime_is_here(runtime)) return error_other_process("runtime", error);
  pthread_mutex_lock(&runtime->lock);
  const enum vordec_status status = probe_and_visit(runtime, backend, visit, ctx, error);
  pthread_mutex_unlock(&runtime->lock);
  return status;
}

enum vordec_status vordec_runtime_visit_devices(struct vordec_runtime *runtime, vordec_device_visitor visit, void *ctx,
                                                struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  if (!runtime_is_here(runtime)) return error_other_process("runtime", error);
  char **names = NULL;
  size_t count = 0;
  enum vordec_status status = loader_list(runtime->folder, &names, &count, error);
  if (status) return status;
  pthread_mutex_lock(&runtime->lock);
  for (size_t i = 0; i < count && !status; i++) status = probe_and_visit(runtime, names[i], visit, ctx, error);
  pthread_mutex_unlock(&runtime->lock);
  loader_free_names(names, count);
  return status;
}
