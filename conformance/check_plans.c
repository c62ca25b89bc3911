/* SPDX-License-Identifier: MIT */
#include "check_plans.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "decoded.h"
#include "plugin.h"
#include "sanitized.h"
#include "verdict.h"

#define MEMORY_LIMIT ((size_t)1 << 30)
#define NO_WINDOW 99
#define ADDRESS_ROOM ((rlim_t)8 << 30)

/* Every size with every FFT: made, or refused as the FFT's business. */
void check_plan_sizes(struct suite *suite) {
  static const uint32_t sizes[] = {4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 31, 32, 33, 49, 64, 75, 96, 121, 127, 128};
  struct way ways[WAYS_MAX];
  struct vordec_session *session = plugin_session(suite);
  if (!session) return;
  const size_t count = plugin_ways(suite, ways), step = suite->options->quick ? 5 : 1;
  char refused[256] = "";
  size_t used = 0, made = 0;
  for (size_t w = 0; w < count; w++) {
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes && !suite_fell_short(suite); i += step) {
      struct sample sample = sample_create(&(struct sample_shape){.n = sizes[i], .k_cut = 1, .anchors = 2}, 0, 1);
      const struct vordec_plan_desc desc = sample_plan(&sample, 1, ways[w].precision, ways[w].fft);
      struct vordec_plan *plan;
      struct vordec_plan_info info;
      const enum vordec_status status = plugin_plan(suite, session, &desc, &plan, &info);
      if (status == VORDEC_OK) {
        made++;
        suite->backend->plan_destroy(plan);
      } else if (used < sizeof refused) {
        used += (size_t)snprintf(refused + used, sizeof refused - used, "%s %s %u %s", used ? "," : "", ways[w].fft,
                                 sizes[i], precision_name(ways[w].precision));
      }
      sample_destroy(&sample);
    }
  }
  if (made == 0) suite_short(suite, "no size at all can be planned for");
  suite_note(suite, "%zu plans%s%.255s", made, used ? "; refused by their FFT:" : "", refused);
}

/* The core asks only for what is offered; a plan for anything else must be refused or say what it really uses. */
void check_plan_fft(struct suite *suite) {
  struct vordec_session *session = plugin_session(suite);
  if (!session) return;
  struct sample sample = sample_create(&(struct sample_shape){.n = 16, .k_cut = 2}, 0, 1);
  const struct vordec_plan_desc desc = sample_plan(&sample, 1, plugin_precision(suite), "no-such-fft");
  struct vordec_plan *plan = NULL;
  struct vordec_plan_info info = {.struct_size = sizeof info};
  struct vordec_error error = {0};
  const enum vordec_status status = suite->backend->plan_create(session, &desc, &plan, &info, &error);
  if (status) {
    plugin_judge_error(suite, "plan_create", status, &error);
    suite_note(suite, "refused (%s)", vordec_reason_name(error.reason));
  } else if (strncmp(info.fft, "no-such-fft", sizeof info.fft) == 0) {
    suite_short(suite, "a plan for fft 'no-such-fft' claims to use it");
  } else {
    suite_note(suite, "served as '%.31s'", info.fft);
  }
  if (!status && plan) suite->backend->plan_destroy(plan);
  sample_destroy(&sample);
}

/* A later version of the core may know more windows than the backend: none is taken for another. */
void check_plan_window(struct suite *suite) {
  struct vordec_session *session = plugin_session(suite);
  if (!session) return;
  struct sample sample = sample_create(&(struct sample_shape){.n = 16, .k_cut = 2}, 0, 1);
  struct vordec_plan_desc desc = sample_plan(&sample, 1, plugin_precision(suite), "auto");
  struct vordec_plan *plan = NULL;
  struct vordec_plan_info info = {.struct_size = sizeof info};
  struct vordec_error error = {0};
  desc.smooth_kernel = (enum vordec_smooth_kernel)NO_WINDOW;
  const enum vordec_status status = suite->backend->plan_create(session, &desc, &plan, &info, &error);
  if (status == VORDEC_OK) {
    suite_short(suite, "smoothing window %d, which does not exist, is accepted", NO_WINDOW);
    suite->backend->plan_destroy(plan);
  } else {
    plugin_judge_error(suite, "plan_create", status, &error);
    if (status != VORDEC_E_UNSUPPORTED) {
      suite_short(suite, "a window that does not exist: %s (%s) instead of unsupported: %.200s",
                  vordec_status_name(status), vordec_reason_name(error.reason), error.message);
    }
  }
  sample_destroy(&sample);
}

/* The largest grid, in batches, with 1 GiB from the host. A backend on the processor may not go around the host's
 * allocator either, so that the machine survives this. */
void check_plan_too_big(struct suite *suite) {
  struct vordec_session *session = plugin_session(suite);
  if (!session) return;
  struct rlimit old, tight;
  getrlimit(RLIMIT_AS, &old);
  tight = old;
  if (tight.rlim_cur == RLIM_INFINITY || tight.rlim_cur > ADDRESS_ROOM) tight.rlim_cur = ADDRESS_ROOM;
  const bool on_host = suite->shared->device.type == VORDEC_DEVICE_HOST && !SANITIZED;
  const uint32_t low[3] = {0, 1, VORDEC_MAX_N};
  const struct sample lean = {.n = VORDEC_MAX_N, .m = 3, .d = 10, .low = (uint32_t *)low};
  struct vordec_plan_desc desc = sample_plan(&lean, 4096, plugin_precision(suite), "auto");
  struct vordec_plan *plan = NULL;
  struct vordec_plan_info info = {.struct_size = sizeof info};
  struct vordec_error error = {0};
  const size_t blocks = atomic_load(&suite->host.blocks);
  suite->host.limit_bytes = MEMORY_LIMIT;
  if (on_host) setrlimit(RLIMIT_AS, &tight);
  const enum vordec_status status = suite->backend->plan_create(session, &desc, &plan, &info, &error);
  if (on_host) setrlimit(RLIMIT_AS, &old);
  suite->host.limit_bytes = 0;
  if (status == VORDEC_OK) {
    suite_note(suite, "the device has room for 4096 fields of N = %u", VORDEC_MAX_N);
    suite->backend->plan_destroy(plan);
    return;
  }
  plugin_judge_error(suite, "plan_create", status, &error);
  const bool fft_size = status == VORDEC_E_UNSUPPORTED && error.reason == VORDEC_REASON_FFT_SIZE;
  if (status != VORDEC_E_NO_MEMORY && !fft_size) {
    suite_short(suite, "a plan for 4096 fields of N = %u: %s (%s) instead of no-memory: %.200s", VORDEC_MAX_N,
                vordec_status_name(status), vordec_reason_name(error.reason), error.message);
  }
  if (plan) suite_short(suite, "plan_create() fails and hands out a plan");
  if (atomic_load(&suite->host.blocks) != blocks) suite_short(suite, "a plan that does not fit leaves memory behind");
  suite_note(suite, "%s: %.300s", vordec_status_name(status), error.message);
}

/* One try with allocation `number` refused; returns whether one was. */
static bool refuse_one(struct suite *suite, struct vordec_session *session, const struct vordec_plan_desc *desc,
                       size_t number, bool on) {
  struct vordec_plan *plan = NULL;
  struct vordec_plan_info info = {.struct_size = sizeof info};
  struct vordec_error error = {0};
  const size_t blocks = atomic_load(&suite->host.blocks);
  counting_host_refuse(&suite->host, number, on);
  const enum vordec_status status = suite->backend->plan_create(session, desc, &plan, &info, &error);
  suite_step(suite);
  const bool refused = atomic_load(&suite->host.refused) > 0;
  counting_host_refuse(&suite->host, 0, false);
  if (status == VORDEC_OK && plan) {
    suite->backend->plan_destroy(plan);
  } else {
    char what[80];
    snprintf(what, sizeof what, "without allocation %zu%s", number, on ? " and all after it" : "");
    plugin_judge_shortage(suite, "plan_create", what, status, &error);
  }
  /* What a session keeps for later plans (compiled kernels) is its own business, once. */
  if (number && atomic_load(&suite->host.blocks) > blocks) {
    suite_short(suite, "plan_create() without allocation %zu leaves %zu blocks of memory behind", number,
                atomic_load(&suite->host.blocks) - blocks);
  }
  return refused;
}

void check_plan_without_memory(struct suite *suite) {
  struct vordec_session *session = plugin_session(suite);
  if (!session) return;
  struct sample sample = sample_create(&(struct sample_shape){.n = 32, .k_cut = 4, .anchors = 6}, 0, 3);
  const struct vordec_plan_desc desc = sample_plan(&sample, 3, plugin_precision(suite), "auto");
  size_t number = 0, most = suite->options->quick ? 64 : 512;
  refuse_one(suite, session, &desc, 0, false); /* what is kept from now on is there */
  for (bool refused = true; refused && number < most && !suite_fell_short(suite);) {
    refused = refuse_one(suite, session, &desc, ++number, true);
    if (refused && !suite_fell_short(suite) && !suite->options->quick) refuse_one(suite, session, &desc, number, false);
  }
  suite_note(suite, "%zu allocations refused in turn", number - 1);
  sample_destroy(&sample);
}

/* Refusals of both kinds on a session, and a plan that was there before and one that is made after still decode. */
void check_plan_after_failure(struct suite *suite) {
  struct vordec_session *session = plugin_session(suite);
  if (!session) return;
  struct sample sample = sample_create(&(struct sample_shape){.n = 32, .k_cut = 4, .anchors = 6}, 0, 2);
  const struct vordec_plan_desc desc = sample_plan(&sample, 2, plugin_precision(suite), "auto");
  const struct decode_request request = {
      .desc = &desc, .sample = &sample, .outputs = ALL_OUTPUTS, .residuals = ALL_RESIDUALS};
  struct vordec_plan *before = NULL;
  struct vordec_plan_info info;
  struct decoded decoded;
  bool refused;
  if (plugin_plan(suite, session, &desc, &before, &info) == VORDEC_OK) {
    for (size_t number = 1; number <= 4; number++) refuse_one(suite, session, &desc, number, true);
    if (decoded_make(suite, before, &request, &decoded)) {
      verdict_decode(suite, &request, &decoded, "after failed plans");
      decoded_destroy(&decoded);
    }
    suite->backend->plan_destroy(before);
  }
  if (decoded_by_plan(suite, session, &request, &decoded, &refused)) {
    verdict_decode(suite, &request, &decoded, "in a plan made after failed ones");
    decoded_destroy(&decoded);
  }
  suite->backend->plan_destroy(NULL);
  sample_destroy(&sample);
}
