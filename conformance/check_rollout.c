/* SPDX-License-Identifier: MIT */
#include "check_rollout.h"

#include <stdlib.h>
#include <string.h>

#include "core/policy/evidence.h"
#include "decoded.h"
#include "plugin.h"
#include "reference.h"
#include "roll.h"
#include "verdict.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Whether the plugin has the interface that is to be checked. */
static struct vordec_session *session_that_rolls(struct suite *suite) {
  struct vordec_session *session = plugin_session(suite);
  if (session && !plugin_rollout(suite))
    suite_skip(suite, "the plugin has no %s, which is optional", VORDEC_ROLLOUT_INTERFACE);
  return session && plugin_rollout(suite) ? session : NULL;
}

static bool same_bits(const void *a, const void *b, size_t bytes) {
  return memcmp(a, b, bytes) == 0;
}

static size_t precisions(const struct suite *suite, enum vordec_precision list[2]) {
  size_t count = 0;
  if (suite->shared->device.capabilities & VORDEC_CAP_FP32) list[count++] = VORDEC_FP32;
  if (suite->shared->device.capabilities & VORDEC_CAP_FP64) list[count++] = VORDEC_FP64;
  return count;
}

/* ---- steps ---- */

/* The rounding of a step and of those before it, in units of the state's size. */
static double step_tolerance(enum vordec_precision precision, uint32_t d, uint32_t steps) {
  return (precision == VORDEC_FP64 ? 2.3e-16 : 1.2e-7) * (4.0 + sqrt(d)) * steps;
}

static void judge_state(struct suite *suite, const double *z, const double *expected, uint32_t d, double tolerance,
                        const char *where) {
  double off = 0.0, size = 0.0;
  for (uint32_t i = 0; i < d; i++) {
    off += (z[i] - expected[i]) * (z[i] - expected[i]);
    size += expected[i] * expected[i];
  }
  if (sqrt(off) <= tolerance * sqrt(size)) return;
  suite_short(suite, "%s: the state is off by %.3g of its size; allowed %.1g", where, sqrt(off / size), tolerance);
}

static void judge_steps(struct suite *suite, struct vordec_session *session, uint32_t d,
                        enum vordec_precision precision) {
  static const uint32_t strides[] = {1, 3, 1, 12};
  struct roll op = roll_create(d);
  struct vordec_backend_rollout *rollout = roll_start(suite, session, &op, precision, false);
  double *expected = calloc(d, sizeof *expected), *z = calloc(d, sizeof *z);
  if (!expected || !z) abort();
  memcpy(expected, op.z0, d * sizeof *expected);
  for (size_t i = 0, steps = 0; rollout && i < COUNT(strides) && !suite_fell_short(suite); i++) {
    struct vordec_rollout_result result;
    double host_ms;
    char where[80];
    if (!roll_advance(suite, rollout, strides[i], &result, &host_ms) || !roll_read(suite, rollout, d, z)) break;
    for (uint32_t step = 0; step < strides[i]; step++) reference_step(d, op.a, expected, VORDEC_FP64, false);
    steps += strides[i];
    snprintf(where, sizeof where, "d = %u, %s, after %zu steps", d, precision_name(precision), steps);
    judge_state(suite, z, expected, d, step_tolerance(precision, d, (uint32_t)steps + 1), where);
  }
  plugin_rollout(suite)->destroy(rollout);
  free(expected);
  free(z);
  roll_destroy(&op);
}

void check_rollout_steps(struct suite *suite) {
  static const uint32_t lengths[] = {14, 63, 257, 1, 2, 5, 8, 9, 33, 127, 128, 129, 654};
  enum vordec_precision list[2];
  struct vordec_session *session = session_that_rolls(suite);
  if (!session) return;
  const size_t count = precisions(suite, list);
  for (size_t p = 0; p < count; p++) {
    for (size_t i = 0; i < (suite->options->quick ? 3 : COUNT(lengths)) && !suite_fell_short(suite); i++) {
      judge_steps(suite, session, lengths[i], list[p]);
    }
  }
}

/* Sums in order have one result; whoever cannot make them says so. */
void check_rollout_deterministic(struct suite *suite) {
  enum vordec_precision list[2];
  struct vordec_session *session = session_that_rolls(suite);
  if (!session) return;
  const size_t count = precisions(suite, list);
  size_t refused = 0;
  for (size_t p = 0; p < count && !suite_fell_short(suite); p++) {
    struct roll op = roll_create(77);
    struct vordec_backend_rollout *rollout = roll_start(suite, session, &op, list[p], true);
    double *expected = calloc(op.d, sizeof *expected), *z = calloc(op.d, sizeof *z), host_ms;
    struct vordec_rollout_result result;
    if (!expected || !z) abort();
    refused += !rollout;
    for (uint32_t i = 0; i < op.d; i++) expected[i] = list[p] == VORDEC_FP64 ? op.z0[i] : (double)(float)op.z0[i];
    for (int step = 0; step < 9; step++) reference_step(op.d, op.a, expected, list[p], true);
    if (rollout && roll_advance(suite, rollout, 9, &result, &host_ms) && roll_read(suite, rollout, op.d, z) &&
        !same_bits(z, expected, op.d * sizeof *z)) {
      suite_short(suite, "%s: 9 deterministic steps do not have the bits of sums in order", precision_name(list[p]));
    }
    plugin_rollout(suite)->destroy(rollout);
    free(expected);
    free(z);
    roll_destroy(&op);
  }
  if (refused == count) suite_note(suite, "refused: it has no deterministic sum");
}

/* Twelve steps at once and one by one. */
static void judge_splits(struct suite *suite, struct vordec_session *session, uint32_t d,
                         enum vordec_precision precision) {
  struct roll op = roll_create(d);
  struct vordec_backend_rollout *whole = roll_start(suite, session, &op, precision, false);
  struct vordec_backend_rollout *split = roll_start(suite, session, &op, precision, false);
  double *a = calloc(d, sizeof *a), *b = calloc(d, sizeof *b), host_ms;
  if (!a || !b) abort();
  struct vordec_rollout_result result;
  bool fine = whole && split && roll_advance(suite, whole, 12, &result, &host_ms);
  for (int i = 0; i < 12 && fine; i++) fine = roll_advance(suite, split, 1, &result, &host_ms);
  fine = fine && roll_read(suite, whole, d, a) && roll_read(suite, split, d, b);
  if (fine && !same_bits(a, b, d * sizeof *a)) {
    suite_short(suite, "%s: 12 steps at once and 12 single steps end in different bits", precision_name(precision));
  }
  plugin_rollout(suite)->destroy(whole);
  plugin_rollout(suite)->destroy(split);
  free(a);
  free(b);
  roll_destroy(&op);
}

void check_rollout_splits(struct suite *suite) {
  static const uint32_t lengths[] = {90, 654};
  enum vordec_precision list[2];
  struct vordec_session *session = session_that_rolls(suite);
  if (!session) return;
  const size_t count = precisions(suite, list);
  for (size_t p = 0; p < count; p++) {
    for (size_t i = 0; i < COUNT(lengths) && !suite_fell_short(suite); i++) {
      judge_splits(suite, session, lengths[i], list[p]);
    }
  }
  plugin_rollout(suite)->destroy(NULL);
}

/* ---- with decodes ---- */

/* A decode takes the state from where it is, and has the bits of a decode of what read() hands out. */
void check_rollout_decode(struct suite *suite) {
  enum vordec_precision list[2];
  struct vordec_session *session = session_that_rolls(suite);
  if (!session) return;
  const size_t count = precisions(suite, list);
  for (size_t p = 0; p < count && !suite_fell_short(suite); p++) {
    struct sample sample = sample_create(&(struct sample_shape){.n = 32, .k_cut = 4, .anchors = 5}, 0, 1);
    struct roll op = roll_create(sample.d);
    memcpy(op.z0, sample.z, sample.d * sizeof *op.z0);
    const struct vordec_plan_desc desc = sample_plan(&sample, 2, list[p], "auto");
    struct vordec_backend_rollout *rollout = roll_start(suite, session, &op, list[p], false);
    struct decode_request request = {.desc = &desc,
                                     .sample = &sample,
                                     .rollout = rollout,
                                     .outputs = ALL_OUTPUTS,
                                     .residuals = VORDEC_RESIDUAL_FIELD};
    struct vordec_plan *plan = NULL;
    struct vordec_plan_info info;
    struct decoded in_place, handed;
    struct vordec_rollout_result result;
    double host_ms;
    if (rollout && plugin_plan(suite, session, &desc, &plan, &info) == VORDEC_OK &&
        roll_advance(suite, rollout, 2, &result, &host_ms) && decoded_make(suite, plan, &request, &in_place)) {
      request.rollout = NULL;
      if (roll_read(suite, rollout, sample.d, sample.z) && decoded_make(suite, plan, &request, &handed)) {
        verdict_decode(suite, &request, &in_place, "(decoded in place)");
        handed.scalars = NULL; /* sums of their own where the state stays on a device: compared above */
        if (!decoded_same(&in_place, 0, &handed, 0)) {
          suite_short(suite, "%s: a state decoded in place has different bits than when it is handed over",
                      precision_name(list[p]));
        }
        decoded_destroy(&handed);
      }
      decoded_destroy(&in_place);
    }
    if (plan) suite->backend->plan_destroy(plan);
    plugin_rollout(suite)->destroy(rollout);
    roll_destroy(&op);
    sample_destroy(&sample);
  }
}

/* A state that has grown beyond what may be decoded is refused as input, and the plan goes on. */
void check_rollout_not_finite(struct suite *suite) {
  struct vordec_session *session = session_that_rolls(suite);
  if (!session) return;
  struct sample sample = sample_create(&(struct sample_shape){.n = 16, .k_cut = 3, .anchors = 2}, 0, 1);
  struct roll op = roll_create(sample.d);
  memcpy(op.z0, sample.z, sample.d * sizeof *op.z0);
  for (size_t i = 0; i < (size_t)op.d * op.d; i++) op.a[i] *= 1e30;
  const struct vordec_plan_desc desc = sample_plan(&sample, 1, plugin_precision(suite), "auto");
  struct vordec_backend_rollout *rollout = roll_start(suite, session, &op, desc.precision, false);
  struct decode_request request = {.desc = &desc, .sample = &sample, .rollout = rollout, .outputs = ALL_OUTPUTS};
  struct vordec_plan *plan = NULL;
  struct vordec_plan_info info;
  struct vordec_rollout_result result;
  struct vordec_decode_job job;
  struct vordec_error error = {0};
  struct decoded decoded;
  double host_ms;
  if (rollout && plugin_plan(suite, session, &desc, &plan, &info) == VORDEC_OK &&
      roll_advance(suite, rollout, 40, &result, &host_ms)) {
    decoded_prepare(suite, &request, &decoded, &job);
    const enum vordec_status status = suite->backend->decode(plan, &job, &decoded.result, &error);
    decoded_destroy(&decoded);
    if (status) plugin_judge_error(suite, "decode", status, &error);
    if (status != VORDEC_E_INPUT) {
      suite_short(suite, "decode() of a state that is not finite: %s instead of input", vordec_status_name(status));
    }
    request.rollout = NULL;
    if (decoded_make(suite, plan, &request, &decoded)) {
      verdict_decode(suite, &request, &decoded, "after a state that is not finite");
      decoded_destroy(&decoded);
    }
  }
  suite->backend->plan_destroy(plan);
  plugin_rollout(suite)->destroy(rollout);
  roll_destroy(&op);
  sample_destroy(&sample);
}

void check_rollout_evidence(struct suite *suite) {
  struct vordec_session *session = session_that_rolls(suite);
  if (!session) return;
  struct roll op = roll_create(200);
  struct vordec_backend_rollout *rollout = roll_start(suite, session, &op, plugin_precision(suite), false);
  for (uint32_t steps = 1; rollout && steps <= 64 && !suite_fell_short(suite); steps *= 8) {
    struct vordec_rollout_result result;
    struct evidence_verdict verdict;
    double host_ms;
    if (!roll_advance(suite, rollout, steps, &result, &host_ms)) break;
    evidence_judge_rollout(&suite->shared->device, &result, host_ms, &verdict);
    if (!verdict.proven) suite_short(suite, "advance(%u): %.400s", steps, verdict.why);
    suite_note(suite, "op_device would be \"%s\"", verdict.decode_device);
  }
  plugin_rollout(suite)->destroy(rollout);
  roll_destroy(&op);
}

void check_rollout_without_memory(struct suite *suite) {
  struct vordec_session *session = session_that_rolls(suite);
  if (!session) return;
  struct roll op = roll_create(40);
  const struct vordec_rollout_setup setup = {
      .struct_size = sizeof setup, .d = op.d, .precision = plugin_precision(suite), .a = op.a, .z0 = op.z0};
  plugin_rollout(suite)->destroy(
      roll_start(suite, session, &op, setup.precision, false)); /* whatever the backend keeps is in place by now */
  size_t number = 0;
  for (bool refused = true; refused && !suite_fell_short(suite);) {
    struct vordec_backend_rollout *rollout = NULL;
    struct vordec_error error = {0};
    const size_t blocks = atomic_load(&suite->host.blocks);
    counting_host_refuse(&suite->host, ++number, true);
    const enum vordec_status status = plugin_rollout(suite)->create(session, &setup, &rollout, &error);
    refused = atomic_load(&suite->host.refused) > 0;
    counting_host_refuse(&suite->host, 0, false);
    if (status == VORDEC_OK) {
      plugin_rollout(suite)->destroy(rollout);
    } else {
      char what[80];
      snprintf(what, sizeof what, "without allocation %zu and all after it", number);
      plugin_judge_shortage(suite, "create", what, status, &error);
    }
    if (atomic_load(&suite->host.blocks) > blocks) suite_short(suite, "a failed create() leaves memory behind");
  }
  suite_note(suite, "%zu allocations refused in turn", number - 1);
  roll_destroy(&op);
}
