/* SPDX-License-Identifier: MIT */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/process.h"
#include "core/policy/device_kind.h"
#include "errors.h"
#include "intake.h"

#define CANDIDATE_MAX 64

/* The candidates of one request, with what this search has found out about them. */
struct search {
  const struct select_request *request;
  struct runtime_backend *backends[CANDIDATE_MAX];
  struct select_candidate candidates[CANDIDATE_MAX];
  size_t count;
};

static void refresh(struct select_candidate *candidate, const struct runtime_backend *backend) {
  candidate->name = backend->name;
  candidate->state = backend->state;
  candidate->failure = backend->failure;
  candidate->devices = backend->devices;
  candidate->device_count = backend->device_count;
  candidate->ffts = backend->plugin.backend.ffts;
}

static enum vordec_status add_candidate(struct vordec_runtime *runtime, const char *name, struct search *search,
                                        struct vordec_error *error) {
  for (size_t i = 0; i < search->count; i++) {
    if (strcmp(search->candidates[i].name, name) == 0) return VORDEC_OK;
  }
  if (search->count == CANDIDATE_MAX) return VORDEC_OK;
  struct runtime_backend *backend = runtime_backend(runtime, name);
  if (!backend) return error_no_memory(error);
  search->backends[search->count] = backend;
  refresh(&search->candidates[search->count++], backend);
  return VORDEC_OK;
}

static enum vordec_status add_fallbacks(struct vordec_runtime *runtime, struct search *search,
                                        struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < search->request->fallback_count && !status; i++) {
    status = add_candidate(runtime, search->request->fallback[i], search, error);
  }
  return status;
}

static enum vordec_status gather_candidates(struct vordec_runtime *runtime, struct search *search,
                                            struct vordec_error *error) {
  const struct select_request *request = search->request;
  enum vordec_status status = VORDEC_OK;
  if (!select_is_open(request)) {
    status = add_candidate(runtime, request->backend, search, error);
    return status ? status : add_fallbacks(runtime, search, error);
  }
  char **names = NULL;
  size_t count = 0;
  status = loader_list(runtime->folder, &names, &count, error);
  for (size_t i = 0; i < count && !status; i++) status = add_candidate(runtime, names[i], search, error);
  loader_free_names(names, count);
  if (status == VORDEC_E_UNSUPPORTED) error->status = status = VORDEC_E_REFUSED;
  return status;
}

static void close_session(struct engine *engine) {
  if (engine->session) engine_slots(engine)->close(engine->session);
  engine->session = NULL;
}

static enum vordec_status open_and_equip(struct engine *engine, struct runtime_backend *backend, engine_equip_fn equip,
                                         void *ctx, struct vordec_error *error) {
  struct vordec_runtime *runtime = engine->runtime;
  engine->backend = backend;
  engine->device = backend->devices[engine->selection.device];
  const struct vordec_session_desc desc = {
      .struct_size = sizeof desc,
      .device_index = engine->device.index,
      .threads = (uint32_t)config_number(runtime->config, CONFIG_CPU_THREADS),
      .submission_ms = (uint32_t)config_number(runtime->config, CONFIG_DECODE_SUBMISSION_MS),
  };
  backend->plugin.pinned = true;
  intake_ready(error);
  enum vordec_status status =
      intake_status(engine_slots(engine)->open(&runtime->host, &desc, &engine->session, error), error);
  if (status) return status;
  status = equip(ctx, engine, error);
  if (status) close_session(engine);
  return status;
}

/* Says whether a failure to open or equip is one that another choice could avoid. */
static bool another_may(const struct engine *engine, const struct select_request *request,
                        const struct vordec_error *error) {
  if (error->status == VORDEC_E_UNSUPPORTED) return true;
  const bool may_move = request->permissive || select_is_open(request);
  return error->status == VORDEC_E_NO_MEMORY && may_move && engine->device.type != VORDEC_DEVICE_HOST &&
         !error_is_of_host_memory(error);
}

static void note_failure(struct search *search, const struct selection *selection, const struct vordec_error *error) {
  struct select_candidate *candidate = &search->candidates[selection->candidate];
  const bool of_fft = error->reason == VORDEC_REASON_FFT_SIZE || error->reason == VORDEC_REASON_NO_FFT;
  if (of_fft && strcmp(search->request->fft, "auto") != 0 && !candidate->fft_failure.status) {
    candidate->fft_failure = *error;
    return;
  }
  candidate->failure = *error;
  if (candidate->device_count > 1 && selection->device < 64) {
    candidate->failed |= UINT64_C(1) << selection->device; /* another device of it may do */
  } else {
    candidate->state = CANDIDATE_FAILED;
  }
}

/* Asks select_backend() again after each probe and each failure. Every round settles a candidate or a device, so the
 * search ends. */
static enum vordec_status settle(struct engine *engine, struct search *search, engine_equip_fn equip, void *ctx,
                                 struct vordec_error *error) {
  for (;;) {
    struct selection *selection = &engine->selection;
    select_backend(search->request, search->candidates, search->count, selection);
    const size_t index = selection->candidate;
    if (selection->verdict == SELECT_REFUSE) {
      return vordec_fail(error, VORDEC_E_REFUSED, selection->reason, "%s", selection->message);
    }
    if (selection->verdict == SELECT_PROBE) {
      const enum vordec_status probed = runtime_probe(engine->runtime, search->backends[index], error);
      if (probed) return probed;
      refresh(&search->candidates[index], search->backends[index]);
      continue;
    }
    const enum vordec_status status = open_and_equip(engine, search->backends[index], equip, ctx, error);
    if (!status) return VORDEC_OK;
    if (!another_may(engine, search->request, error)) return status;
    note_failure(search, selection, error);
  }
}

enum vordec_status engine_create(struct vordec_runtime *runtime, const struct select_request *request,
                                 engine_equip_fn equip, void *ctx, struct engine **engine, struct vordec_error *error) {
  struct search *search = calloc(1, sizeof *search);
  struct engine *made = calloc(1, sizeof *made);
  *engine = NULL;
  if (!search || !made) {
    free(search);
    free(made);
    return error_no_memory(error);
  }
  search->request = request;
  made->runtime = runtime;
  made->owner = process_token();
  atomic_init(&made->users, 1);
  atomic_init(&made->caller, 0);
  pthread_mutex_lock(&runtime->lock);
  enum vordec_status status = gather_candidates(runtime, search, error);
  if (!status) status = settle(made, search, equip, ctx, error);
  pthread_mutex_unlock(&runtime->lock);
  free(search);
  if (status) {
    free(made);
    return status;
  }
  *engine = made;
  return VORDEC_OK;
}

struct engine *engine_retain(struct engine *engine) {
  atomic_fetch_add(&engine->users, 1);
  return engine;
}

void engine_release(struct engine *engine) {
  if (!engine || atomic_fetch_sub(&engine->users, 1) > 1) return;
  close_session(engine);
  free(engine);
}

bool engine_meets(const struct engine *engine, const char *asked) {
  if (strcmp(asked, "gpu") == 0) return device_is_gpu(engine->device.type);
  return strcmp(asked, "auto") == 0 || strcmp(asked, engine->backend->name) == 0;
}

/* ---- in the child of a fork ---- */

bool engine_is_here(const struct engine *engine) {
  return engine->owner == process_token();
}

static const struct vordec_fork_interface *find_fork(const struct engine *engine) {
  const struct vordec_backend *slots = engine_slots(engine);
  const struct vordec_fork_interface *interface =
      slots->get_interface ? slots->get_interface(VORDEC_FORK_INTERFACE) : NULL;
  return interface && interface->struct_size >= sizeof *interface && interface->adopt ? interface : NULL;
}

/* Makes an inherited session one of this process; call while in a call on it. */
static enum vordec_status adopt(struct engine *engine, struct vordec_error *error) {
  const struct vordec_fork_interface *interface = engine->under_way == 0 ? find_fork(engine) : NULL;
  if (!interface) return error_other_process("decoder, rollout, simulation, encoder or adjoint", error);
  intake_ready(error);
  const enum vordec_status status = intake_status(interface->adopt(engine->session, error), error);
  if (!status) engine->owner = process_token();
  return status;
}

/* ---- calls ---- */

enum vordec_status engine_enter(struct engine *engine, struct vordec_error *error) {
  const uint64_t here = process_token();
  uint64_t caller = 0;
  if (!atomic_compare_exchange_strong(&engine->caller, &caller, here)) {
    if (caller != here) return error_other_process("decoder, rollout, simulation, encoder or adjoint", error);
    return vordec_fail(error, VORDEC_E_BUSY, 0, "another thread is using this object, or one that shares its device");
  }
  enum vordec_status status = VORDEC_OK;
  if (engine->dead) {
    status = vordec_fail(error, engine->dead, VORDEC_REASON_NONE,
                         "the device failed earlier; make a new decoder, rollout, simulation, encoder or adjoint");
  } else if (engine->owner != here) {
    status = adopt(engine, error);
  }
  if (status) atomic_store(&engine->caller, 0);
  return status;
}

enum vordec_status engine_leave(struct engine *engine, enum vordec_status status) {
  if (status == VORDEC_E_DEVICE_LOST || status == VORDEC_E_TIMEOUT) engine->dead = status;
  atomic_store(&engine->caller, 0);
  return status;
}

void engine_announce(const struct engine *engine) {
  const struct perf_flags *flags = &engine->selection.flags;
  if (engine->selection.downgraded && !flags->raised[FLAG_GPU_DECODE_FALLBACK_CPU] &&
      !flags->raised[FLAG_GPU_ROLLOUT_FALLBACK_CPU] && !flags->raised[FLAG_GPU_LES_FALLBACK_CPU] &&
      !flags->raised[FLAG_GPU_ENCODE_FALLBACK_CPU]) {
    log_line(&engine->runtime->log, VORDEC_LOG_WARNING, "moved to %s: %s", engine->backend->name,
             engine->selection.message);
  }
  for (int i = 0; i < FLAG_COUNT; i++) {
    if (!flags->raised[i]) continue;
    log_line(&engine->runtime->log, VORDEC_LOG_WARNING, "%s: %s", flag_name((enum perf_flag)i), flags->why[i]);
  }
}
