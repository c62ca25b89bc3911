/* SPDX-License-Identifier: MIT */
#include "comparing.h"

#include <math.h>
#include <string.h>

#include "core/base/clock.h"
#include "guarded.h"
#include "plugin.h"

struct vordec_session *session_that_compares(struct suite *suite) {
  struct vordec_session *session = plugin_session(suite);
  if (session && !plugin_compare(suite)) {
    suite_skip(suite, "the plugin has no %s, which is optional", VORDEC_COMPARE_INTERFACE);
  }
  return session && plugin_compare(suite) ? session : NULL;
}

struct vordec_backend_comparer *comparing_start(struct suite *suite, struct vordec_session *session, uint32_t n,
                                                uint32_t fields, uint32_t pairs) {
  const struct vordec_compare_setup setup = {.struct_size = sizeof setup, .n = n, .fields = fields, .pairs = pairs};
  struct vordec_backend_comparer *comparer = NULL;
  struct vordec_plan_info info = {.struct_size = sizeof info};
  struct vordec_error error = {0};
  const double start = clock_ms();
  const enum vordec_status status = plugin_compare(suite)->create(session, &setup, &comparer, &info, &error);
  const double host_ms = clock_ms() - start;
  suite_step(suite);
  if (status) {
    plugin_judge_error(suite, "create", status, &error);
    if (status == VORDEC_E_UNSUPPORTED) {
      suite_skip(suite, "no comparer of N = %u: %.300s", n, error.message);
    } else {
      suite_short(suite, "create(N = %u, %u fields): %s: %.300s", n, fields, vordec_status_name(status), error.message);
    }
    return NULL;
  }
  if (!comparer) {
    suite_short(suite, "create() returned ok and no comparer");
  } else if (!(info.warmup_ms >= 0.0 && info.warmup_ms <= host_ms)) {
    suite_short(suite, "create() claims a warm-up of %g ms in a call of %g ms", info.warmup_ms, host_ms);
  }
  return comparer;
}

struct vordec_compare_job comparing_job(void) {
  return (struct vordec_compare_job){.struct_size = sizeof(struct vordec_compare_job),
                                     .field = VORDEC_NO_FIELD,
                                     .keep = VORDEC_NO_FIELD,
                                     .add = VORDEC_NO_FIELD};
}

/* An output of so many doubles, full of what nobody makes. */
static void guard_output(struct guarded *output, const char *name, size_t count, enum guard_side side) {
  guarded_create(output, name, (count ? count : 1) * sizeof(double), side);
  double *values = output->data;
  for (size_t i = 0; i < count; i++) values[i] = NAN;
}

static void take_output(struct suite *suite, struct guarded *output, const char *name, size_t count, double *to,
                        bool done) {
  if (!guarded_surroundings_intact(output)) suite_short(suite, "compare() writes outside of its output %s", name);
  const double *values = output->data;
  for (size_t i = 0; i < count && done; i++) {
    if (!isnan(values[i])) continue;
    suite_short(suite, "compare() left %s unwritten", name);
    break;
  }
  if (count) memcpy(to, values, count * sizeof *to);
  guarded_destroy(output);
}

bool comparing_run(struct suite *suite, struct vordec_backend_comparer *comparer, uint32_t n,
                   const struct vordec_compare_job *job, struct vordec_compare_result *result, double *host_ms) {
  struct vordec_compare_result unwanted;
  struct vordec_error error = {0};
  struct guarded omega, shell, copy;
  const enum guard_side side = suite->decodes++ % 2 ? GUARD_AT_START : GUARD_AT_END;
  const size_t cells = (size_t)n * n, shells = job->shell ? vordec_compare_shells(n) : 0,
               copied = job->copy ? cells : 0;
  if (!result) result = &unwanted;
  *result = (struct vordec_compare_result){.struct_size = sizeof *result};
  guarded_create(&omega, "omega (compare)", job->omega ? cells * sizeof(double) : 1, side);
  if (job->omega) memcpy(omega.data, job->omega, cells * sizeof(double));
  guarded_seal(&omega);
  guard_output(&shell, "shell", shells, side);
  guard_output(&copy, "copy", copied, side);
  struct vordec_compare_job guarded = *job;
  if (job->omega) guarded.omega = omega.data;
  if (job->shell) guarded.shell = shell.data;
  if (job->copy) guarded.copy = copy.data;
  const size_t taken = atomic_load(&suite->host.taken);
  const double start = clock_ms();
  const enum vordec_status status = plugin_compare(suite)->compare(comparer, &guarded, result, &error);
  if (host_ms) *host_ms = clock_ms() - start;
  suite_step(suite);
  if (status) {
    plugin_judge_error(suite, "compare", status, &error);
    suite_short(suite, "compare(): %s: %.300s", vordec_status_name(status), error.message);
  } else if (atomic_load(&suite->host.taken) != taken) {
    suite_short(suite, "compare() takes memory from the host");
  }
  take_output(suite, &shell, "shell", shells, job->shell, status == VORDEC_OK);
  take_output(suite, &copy, "copy", copied, job->copy, status == VORDEC_OK);
  guarded_destroy(&omega);
  return status == VORDEC_OK;
}
