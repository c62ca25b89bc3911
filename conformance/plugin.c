/* SPDX-License-Identifier: MIT */
#include "plugin.h"

#include <math.h>

#include <dlfcn.h>
#include <string.h>

bool plugin_load(struct suite *suite) {
  if (suite->backend) return true;
  suite->library = dlopen(suite->options->path, RTLD_NOW | RTLD_LOCAL);
  if (!suite->library) {
    suite_short(suite, "%s", dlerror());
    return false;
  }
  const vordec_backend_entry_fn entry = plugin_entry(suite);
  const struct vordec_backend *theirs = entry ? entry(VORDEC_ABI_MAJOR, &suite->host.table) : NULL;
  if (!theirs) {
    suite_short(suite, entry ? "vordec_backend_entry() does not serve ABI %u" : "exports no vordec_backend_entry",
                VORDEC_ABI_MAJOR);
    return false;
  }
  static struct vordec_backend slots; /* as libvordec does it: nothing beyond struct_size is read */
  if (theirs->struct_size < offsetof(struct vordec_backend, get_interface)) {
    suite_short(suite, "its table has %zu bytes, but at least %zu are needed", theirs->struct_size,
                offsetof(struct vordec_backend, get_interface));
    return false;
  }
  memcpy(&slots, theirs, theirs->struct_size < sizeof slots ? theirs->struct_size : sizeof slots);
  suite->backend = &slots;
  return true;
}

vordec_backend_entry_fn plugin_entry(const struct suite *suite) {
  /* POSIX promises that the bits of an object and a function pointer are the same; ISO C has no conversion. */
  vordec_backend_entry_fn entry = NULL;
  void *symbol = suite->library ? dlsym(suite->library, "vordec_backend_entry") : NULL;
  memcpy(&entry, &symbol, sizeof entry);
  return entry;
}

struct vordec_session *plugin_open(struct suite *suite, uint32_t threads) {
  if (!plugin_load(suite)) return NULL;
  const struct vordec_session_desc desc = {.struct_size = sizeof desc,
                                           .device_index = suite->shared->device.index,
                                           .threads = threads,
                                           .submission_ms = suite->options->submission_ms};
  struct vordec_session *session = NULL;
  struct vordec_error error = {0};
  const enum vordec_status status = suite->backend->open(&suite->host.table, &desc, &session, &error);
  if (status) {
    suite_short(suite, "open(): %s: %.400s", vordec_status_name(status), error.message);
    return NULL;
  }
  if (!session) suite_short(suite, "open() returned ok and no session");
  return session;
}

struct vordec_session *plugin_session(struct suite *suite) {
  if (!suite->session) suite->session = plugin_open(suite, 2);
  return suite->session;
}

static bool offers(const struct suite *suite, const char *fft) {
  for (const char *const *name = suite->backend->ffts; *name; name++) {
    if (strcmp(*name, fft) == 0) return true;
  }
  return false;
}

static void judge_info(struct suite *suite, const struct vordec_plan_desc *desc, const struct vordec_plan_info *info) {
  const bool chosen = strcmp(desc->fft, "auto") == 0;
  if (!memchr(info->fft, 0, sizeof info->fft) || !memchr(info->fft_reason, 0, sizeof info->fft_reason)) {
    suite_short(suite, "plan_create(): info's texts do not end");
  } else if (!offers(suite, info->fft)) {
    suite_short(suite, "plan_create(): the plan uses fft '%s', which the plugin does not offer", info->fft);
  } else if (!chosen && strcmp(desc->fft, info->fft) != 0) {
    suite_short(suite, "plan_create(): asked for fft '%s', but the plan uses '%s'", desc->fft, info->fft);
  } else if (chosen != (info->fft_reason[0] != '\0')) {
    suite_short(suite, "plan_create(): fft '%s': fft_reason is '%s'; it says why auto chose, and is empty otherwise",
                desc->fft, info->fft_reason);
  } else if (!(info->warmup_ms >= 0.0) || isinf(info->warmup_ms)) {
    suite_short(suite, "plan_create(): warmup_ms is %g", info->warmup_ms);
  }
}

enum vordec_status plugin_plan(struct suite *suite, struct vordec_session *session, const struct vordec_plan_desc *desc,
                               struct vordec_plan **plan, struct vordec_plan_info *info) {
  struct vordec_error error = {0};
  *plan = NULL;
  *info = (struct vordec_plan_info){.struct_size = sizeof *info};
  const enum vordec_status status = suite->backend->plan_create(session, desc, plan, info, &error);
  suite_step(suite);
  if (status == VORDEC_OK && *plan) {
    judge_info(suite, desc, info);
    return status;
  }
  if (status == VORDEC_OK) {
    suite_short(suite, "plan_create() returned ok and no plan");
    return VORDEC_E_FAILED;
  }
  plugin_judge_error(suite, "plan_create", status, &error);
  const bool other_work = error.reason == VORDEC_REASON_NO_FFT && strcmp(desc->fft, "auto") != 0;
  if (status == VORDEC_E_UNSUPPORTED && (error.reason == VORDEC_REASON_FFT_SIZE || other_work)) return status;
  suite_short(suite, "plan_create(N = %u, batch %u, %s, fft %s): %s (%s): %.300s", desc->n, desc->batch,
              precision_name(desc->precision), desc->fft, vordec_status_name(status), vordec_reason_name(error.reason),
              error.message);
  return status;
}

void plugin_judge_error(struct suite *suite, const char *slot, enum vordec_status status,
                        const struct vordec_error *error) {
  if (status <= VORDEC_OK || status > VORDEC_E_FAILED) {
    suite_short(suite, "%s() returned %d, which is not a status", slot, (int)status);
  } else if (error->status != status) {
    suite_short(suite, "%s() returned %s and filled the error with %s", slot, vordec_status_name(status),
                vordec_status_name(error->status));
  } else if ((unsigned)error->reason >= VORDEC_REASON_COUNT) {
    suite_short(suite, "%s(): %d is not a reason", slot, (int)error->reason);
  } else if (status == VORDEC_E_UNSUPPORTED && error->reason == VORDEC_REASON_NONE) {
    suite_short(suite, "%s(): unsupported, and no reason given", slot);
  } else if (!memchr(error->message, 0, sizeof error->message)) {
    suite_short(suite, "%s(): its message does not end", slot);
  } else if (!error->message[0] || strchr(error->message, '\n')) {
    suite_short(suite, "%s(): its message is %s", slot, error->message[0] ? "of more than one line" : "empty");
  }
}

void plugin_judge_shortage(struct suite *suite, const char *slot, const char *what, enum vordec_status status,
                           const struct vordec_error *error) {
  if (status != VORDEC_E_NO_MEMORY) {
    suite_short(suite, "%s, %s() says %s (%s) instead of no-memory: %.200s", what, slot, vordec_status_name(status),
                vordec_reason_name(error->reason), error->message);
    return;
  }
  plugin_judge_error(suite, slot, status, error);
  if (error->reason != VORDEC_REASON_HOST_MEMORY) {
    suite_short(suite, "%s, %s() gives the reason %s; it is the host that has none (%s)", what, slot,
                vordec_reason_name(error->reason), vordec_reason_name(VORDEC_REASON_HOST_MEMORY));
  }
}

static const void *interface_by_name(const struct suite *suite, const char *name) {
  return suite->backend->get_interface ? suite->backend->get_interface(name) : NULL;
}

static const struct vordec_rollout_interface *rollout_by_name(const struct suite *suite, const char *name) {
  const struct vordec_rollout_interface *rollout = interface_by_name(suite, name);
  if (!rollout || rollout->struct_size < sizeof *rollout) return NULL;
  return rollout->create && rollout->destroy && rollout->advance && rollout->read ? rollout : NULL;
}

const struct vordec_rollout_interface *plugin_rollout(const struct suite *suite) {
  return rollout_by_name(suite, VORDEC_ROLLOUT_INTERFACE);
}

const struct vordec_rollout_interface *plugin_rollout_batch(const struct suite *suite) {
  return rollout_by_name(suite, VORDEC_ROLLOUT_BATCH_INTERFACE);
}

const struct vordec_trail_interface *plugin_trail(const struct suite *suite) {
  const struct vordec_trail_interface *trail = interface_by_name(suite, VORDEC_TRAIL_INTERFACE);
  if (!trail || trail->struct_size < sizeof *trail || (!plugin_rollout(suite) && !plugin_rollout_batch(suite))) {
    return NULL;
  }
  return trail->reserve && trail->walk && trail->read ? trail : NULL;
}

const struct vordec_simulation_interface *plugin_simulate(const struct suite *suite) {
  const struct vordec_simulation_interface *simulate = interface_by_name(suite, VORDEC_SIMULATE_INTERFACE);
  if (!simulate || simulate->struct_size < sizeof *simulate) return NULL;
  return simulate->create && simulate->destroy && simulate->set && simulate->get && simulate->advance ? simulate : NULL;
}

const struct vordec_encode_interface *plugin_encode(const struct suite *suite) {
  const struct vordec_encode_interface *encode = interface_by_name(suite, VORDEC_ENCODE_INTERFACE);
  if (!encode || encode->struct_size < sizeof *encode) return NULL;
  return encode->create && encode->destroy && encode->encode ? encode : NULL;
}

const struct vordec_adjoint_interface *plugin_adjoint(const struct suite *suite) {
  const struct vordec_adjoint_interface *adjoint = interface_by_name(suite, VORDEC_ADJOINT_INTERFACE);
  if (!adjoint || adjoint->struct_size < sizeof *adjoint) return NULL;
  return adjoint->create && adjoint->destroy && adjoint->run ? adjoint : NULL;
}

const struct vordec_adjoint_shared_interface *plugin_adjoint_shared(const struct suite *suite) {
  const struct vordec_adjoint_shared_interface *shared = interface_by_name(suite, VORDEC_ADJOINT_SHARED_INTERFACE);
  if (!shared || shared->struct_size < sizeof *shared) return NULL;
  const bool whole = shared->create && shared->destroy && shared->describe && shared->memory_fd &&
                     shared->has_semaphore && shared->semaphore_fd && shared->read && shared->write && shared->start &&
                     shared->wait;
  return whole ? shared : NULL;
}

const struct vordec_compare_interface *plugin_compare(const struct suite *suite) {
  const struct vordec_compare_interface *compare = interface_by_name(suite, VORDEC_COMPARE_INTERFACE);
  if (!compare || compare->struct_size < sizeof *compare) return NULL;
  return compare->create && compare->destroy && compare->compare ? compare : NULL;
}

const struct vordec_bandwidth_interface *plugin_bandwidth(const struct suite *suite) {
  const struct vordec_bandwidth_interface *bandwidth = interface_by_name(suite, VORDEC_BANDWIDTH_INTERFACE);
  return bandwidth && bandwidth->struct_size >= sizeof *bandwidth && bandwidth->fill ? bandwidth : NULL;
}

const struct vordec_residual_interface *plugin_residual(const struct suite *suite) {
  const struct vordec_residual_interface *residual = interface_by_name(suite, VORDEC_RESIDUAL_INTERFACE);
  if (!residual || residual->struct_size < sizeof *residual) return NULL;
  return residual->plan_create && residual->prepare ? residual : NULL;
}

const struct vordec_stream_interface *plugin_stream(const struct suite *suite) {
  const struct vordec_stream_interface *stream = interface_by_name(suite, VORDEC_STREAM_INTERFACE);
  if (!stream || stream->struct_size < sizeof *stream) return NULL;
  return stream->submit && stream->wait && !stream->host_alloc == !stream->host_free ? stream : NULL;
}

const struct vordec_export_interface *plugin_export(const struct suite *suite) {
  const struct vordec_export_interface *found = interface_by_name(suite, VORDEC_EXPORT_INTERFACE);
  if (!found || found->struct_size < sizeof *found) return NULL;
  const bool makes = found->plan_create && found->describe && found->prepare;
  const bool shows = found->memory_fd && found->has_semaphore && found->semaphore_fd;
  return makes && shows && found->read && found->write ? found : NULL;
}

const struct vordec_shelf_interface *plugin_shelf(const struct suite *suite) {
  const struct vordec_shelf_interface *found = interface_by_name(suite, VORDEC_SHELF_INTERFACE);
  if (!found || found->struct_size < sizeof *found) return NULL;
  const bool makes = found->create && found->destroy && found->describe;
  const bool shows = found->memory_fd && found->has_semaphore && found->semaphore_fd;
  return makes && shows && found->fill && found->wait && found->read ? found : NULL;
}

const struct vordec_fork_interface *plugin_fork(const struct suite *suite) {
  const struct vordec_fork_interface *fork = interface_by_name(suite, VORDEC_FORK_INTERFACE);
  return fork && fork->struct_size >= sizeof *fork && fork->adopt ? fork : NULL;
}

size_t plugin_ways(const struct suite *suite, struct way ways[WAYS_MAX]) {
  static const enum vordec_precision precisions[2] = {VORDEC_FP32, VORDEC_FP64};
  static const uint32_t bits[2] = {VORDEC_CAP_FP32, VORDEC_CAP_FP64};
  size_t count = 0;
  for (int i = 0; i < 2; i++) {
    if (!(suite->shared->device.capabilities & bits[i])) continue;
    if (count < WAYS_MAX) ways[count++] = (struct way){precisions[i], "auto"};
    if (suite->options->quick && count > 1) break; /* the second precision: auto alone */
    for (const char *const *name = suite->backend->ffts; *name && count < WAYS_MAX; name++) {
      ways[count++] = (struct way){precisions[i], *name};
    }
  }
  return count;
}

size_t plugin_ways_or_auto(const struct suite *suite, struct way ways[WAYS_MAX]) {
  const size_t count = plugin_ways(suite, ways);
  size_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    if (!suite->options->quick || strcmp(ways[i].fft, "auto") == 0) ways[kept++] = ways[i];
  }
  return kept;
}

const char *precision_name(enum vordec_precision precision) {
  return precision == VORDEC_FP64 ? "fp64" : "fp32";
}

enum vordec_precision plugin_precision(const struct suite *suite) {
  return suite->shared->device.capabilities & VORDEC_CAP_FP32 ? VORDEC_FP32 : VORDEC_FP64;
}
