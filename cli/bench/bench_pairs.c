/* SPDX-License-Identifier: MIT */
#include "bench_pairs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "cli/command.h"
#include "core/policy/fft_names.h"

struct names {
  char name[BENCH_LIST_MAX][BENCH_NAME_MAX];
  size_t count;
};

struct search {
  struct names backends, ffts;
  bool taken[BENCH_LIST_MAX]; /* which of the ffts some backend was asked for */
  bool all_ffts;
  struct bench_pairs *pairs;
};

static enum vordec_status fail_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
}

static bool holds(const struct names *names, const char *name) {
  for (size_t i = 0; i < names->count; i++) {
    if (strcmp(names->name[i], name) == 0) return true;
  }
  return false;
}

static void add_name(struct names *names, const char *name, size_t length) {
  if (names->count == BENCH_LIST_MAX) return;
  snprintf(names->name[names->count++], BENCH_NAME_MAX, "%.*s", (int)length, name);
}

static enum vordec_status split(const char *option, const char *text, struct names *names, struct vordec_error *error) {
  for (const char *at = text;; at++) {
    const size_t length = strcspn(at, ",");
    if (length == 0 || length >= BENCH_NAME_MAX || names->count == BENCH_LIST_MAX) {
      return vordec_fail(error, VORDEC_E_USAGE, 0, "--%s '%.100s': expected at most %d names separated by commas",
                         option, text, BENCH_LIST_MAX);
    }
    add_name(names, at, length);
    at += length;
    if (!*at) return VORDEC_OK;
  }
}

/* ---- backends ---- */

static void take_device(void *ctx, const char *backend, const char *description, const struct vordec_device *device,
                        const struct vordec_error *refusal) {
  struct names *usable = ctx;
  (void)description;
  if (!refusal->status && !holds(usable, backend)) add_name(usable, backend, strlen(backend));
  if (!refusal->status) return;
  fprintf(stderr, "vordec: bench: %s%s%s is not timed (%s): %s\n", backend, device ? " on " : "",
          device ? device->name : "", vordec_reason_name(refusal->reason), refusal->message);
}

static enum vordec_status find_backends(struct vordec_runtime *runtime, const char *asked, struct search *search,
                                        struct vordec_error *error) {
  if (asked) return split("backend", asked, &search->backends, error);
  const enum vordec_status status = vordec_runtime_visit_devices(runtime, take_device, &search->backends, error);
  if (status || search->backends.count > 0) return status;
  return vordec_fail(error, VORDEC_E_REFUSED, VORDEC_REASON_NO_DEVICE, "bench: no backend in %s is usable",
                     vordec_runtime_plugin_folder(runtime));
}

/* ---- pairs ---- */

static enum vordec_status add_pair(struct search *search, const char *backend, const char *fft,
                                   struct vordec_error *error) {
  struct bench_pairs *pairs = search->pairs;
  struct bench_pair *grown = realloc(pairs->list, (pairs->count + 1) * sizeof *grown);
  if (!grown) return fail_memory(error);
  pairs->list = grown;
  struct bench_pair *pair = &grown[pairs->count++];
  snprintf(pair->backend, sizeof pair->backend, "%s", backend);
  snprintf(pair->fft, sizeof pair->fft, "%s", fft);
  pair->optional = search->all_ffts;
  return VORDEC_OK;
}

static bool offers(struct vordec_runtime *runtime, const char *backend, const char *fft) {
  if (strcmp(fft, "auto") == 0) return true;
  const char *name = NULL;
  for (size_t i = 0; (name = vordec_runtime_fft(runtime, backend, i)); i++) {
    if (strcmp(name, fft) == 0) return true;
  }
  return false;
}

/* The backend's own name for what a list calls `fft`. */
static const char *name_for(struct vordec_runtime *runtime, const char *backend, const char *fft) {
  return offers(runtime, backend, fft) ? fft : fft_name_for(backend, fft);
}

static enum vordec_status add_all_ffts(struct search *search, struct vordec_runtime *runtime, const char *backend,
                                       struct vordec_error *error) {
  const char *fft = NULL;
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; !status && (fft = vordec_runtime_fft(runtime, backend, i)); i++) {
    status = add_pair(search, backend, fft, error);
  }
  if (status || vordec_runtime_fft(runtime, backend, 0)) return status;
  return add_pair(search, backend, "auto", error); /* it cannot be loaded: the library will say why */
}

/* Of several backends each takes the names that it offers; one alone is asked for all of them, and refuses for itself.
 */
static enum vordec_status add_pairs(struct search *search, struct vordec_runtime *runtime, const char *backend,
                                    struct vordec_error *error) {
  const size_t before = search->pairs->count;
  if (search->all_ffts) return add_all_ffts(search, runtime, backend, error);
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < search->ffts.count && !status; i++) {
    const char *fft = name_for(runtime, backend, search->ffts.name[i]);
    if (search->backends.count > 1 && !offers(runtime, backend, fft)) continue;
    search->taken[i] = true;
    status = add_pair(search, backend, fft, error);
  }
  if (!status && search->pairs->count == before) {
    fprintf(stderr, "vordec: bench: %s offers none of the FFTs that were named, and is not timed\n", backend);
  }
  return status;
}

static enum vordec_status check_ffts(const struct search *search, struct vordec_error *error) {
  for (size_t i = 0; i < search->ffts.count; i++) {
    if (search->taken[i]) continue;
    const struct fft_rename *rename = fft_rename_of(search->ffts.name[i]);
    return vordec_fail(error, VORDEC_E_REFUSED, VORDEC_REASON_NO_FFT,
                       "bench: none of the timed backends offers fft '%s'%s%s", fft_present_name(search->ffts.name[i]),
                       rename ? " of backend " : "", rename ? rename->backend : "");
  }
  return VORDEC_OK;
}

enum vordec_status bench_pairs_find(const struct bench_request *request, struct bench_pairs *pairs,
                                    struct vordec_error *error) {
  const char *fft = request->ffts;
  struct search *search = calloc(1, sizeof *search);
  struct vordec_runtime *runtime = NULL;
  *pairs = (struct bench_pairs){0};
  if (!search) return fail_memory(error);
  search->pairs = pairs;
  search->all_ffts = strcmp(fft, "all") == 0;
  enum vordec_status status = search->all_ffts ? VORDEC_OK : split("fft", fft, &search->ffts, error);
  if (!status) {
    status = vordec_runtime_create(request->config, command_log, (void *)&request->verbose, &runtime, error);
  }
  if (!status) status = find_backends(runtime, request->backends, search, error);
  for (size_t i = 0; i < search->backends.count && !status; i++) {
    status = add_pairs(search, runtime, search->backends.name[i], error);
  }
  if (!status) status = check_ffts(search, error);
  vordec_runtime_destroy(runtime);
  free(search);
  if (status) bench_pairs_release(pairs);
  return status;
}

void bench_pairs_release(struct bench_pairs *pairs) {
  free(pairs->list);
  *pairs = (struct bench_pairs){0};
}
