/* SPDX-License-Identifier: MIT */
#include "check_compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "comparing.h"
#include "core/policy/evidence.h"
#include "decoded.h"
#include "flow_run.h"
#include "plugin.h"
#include "reference_compare.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ROUNDING 1e-12

static void *zeroed(size_t count, size_t size) {
  void *memory = calloc(count ? count : 1, size);
  if (!memory) abort();
  return memory;
}

/* Number `number` of a series: noise on every mode, over waves that are larger. */
static double *noisy_field(uint32_t n, uint32_t number) {
  double *field = flow_field(n, number);
  for (uint32_t i = 0; i < n * n; i++) field[i] += 0.2 * sample_draw(((uint64_t)number << 40) + i);
  return field;
}

/* ---- numbers ---- */

static void judge(struct suite *suite, const char *where, const char *what, double got, double expected, double size) {
  if (fabs(got - expected) <= ROUNDING * size) return;
  suite_short(suite, "%s: %s is %.17g; it has to be %.17g", where, what, got, expected);
}

static void judge_moments(struct suite *suite, const char *where, const struct vordec_field_moments *got,
                          const struct vordec_field_moments *expected) {
  judge(suite, where, "a mean", got->mean, expected->mean, sqrt(expected->square));
  judge(suite, where, "a square", got->square, expected->square, expected->square);
  judge(suite, where, "a variance", got->variance, expected->variance, expected->variance);
}

static void judge_pair(struct suite *suite, const char *where, const struct vordec_pair_moments *got,
                       const struct vordec_pair_moments *expected, double variance) {
  judge_moments(suite, where, &got->f, &expected->f);
  judge(suite, where, "a difference", got->difference, expected->difference, expected->difference);
  judge(suite, where, "a covariance", got->covariance, expected->covariance, sqrt(variance * expected->f.variance));
}

static void judge_shells(struct suite *suite, const char *where, uint32_t n, const double *w, const double *got) {
  const uint32_t shells = vordec_compare_shells(n);
  double *expected = zeroed(shells, sizeof *expected), sum = 0;
  reference_shells(n, w, expected);
  for (uint32_t i = 0; i < shells; i++) sum += expected[i];
  for (uint32_t i = 0; i < shells && !suite_fell_short(suite); i++) {
    char what[32];
    snprintf(what, sizeof what, "shell %u", i);
    judge(suite, where, what, got[i], expected[i], expected[i] + 1e-4 * sum);
  }
  free(expected);
}

/* ---- sums ---- */

static void judge_size(struct suite *suite, struct vordec_session *session, uint32_t n) {
  struct vordec_backend_comparer *comparer = comparing_start(suite, session, n, 2, 2);
  double *field[3], *shell = zeroed(vordec_compare_shells(n), sizeof *shell);
  const struct vordec_compare_pair pairs[2] = {{0, 1.0}, {1, -0.375}};
  struct vordec_field_moments moments = {NAN, NAN, NAN};
  struct vordec_pair_moments against[2];
  char where[40];
  bool fine = comparer != NULL;
  snprintf(where, sizeof where, "N = %u", n);
  for (uint32_t i = 0; i < 3; i++) field[i] = noisy_field(n, 10 + i);
  for (uint32_t i = 0; i < 2 && fine; i++) {
    struct vordec_compare_job job = comparing_job();
    job.omega = field[i];
    job.keep = i;
    fine = comparing_run(suite, comparer, n, &job, NULL, NULL);
  }
  struct vordec_compare_job job = comparing_job();
  job.omega = field[2];
  job.pairs = 2;
  job.pair = pairs;
  job.moments = &moments;
  job.against = against;
  job.shell = shell;
  if (fine && comparing_run(suite, comparer, n, &job, NULL, NULL)) {
    const struct vordec_field_moments expected = reference_moments(n, field[2]);
    judge_moments(suite, where, &moments, &expected);
    for (uint32_t i = 0; i < 2; i++) {
      const struct vordec_pair_moments pair = reference_pair(n, field[2], field[pairs[i].field], pairs[i].factor);
      judge_pair(suite, where, &against[i], &pair, expected.variance);
    }
    judge_shells(suite, where, n, field[2], shell);
  }
  plugin_compare(suite)->destroy(comparer);
  for (uint32_t i = 0; i < 3; i++) free(field[i]);
  free(shell);
}

void check_compare_sums(struct suite *suite) {
  static const uint32_t sizes[] = {16, 15, 36, 4, 5, 22, 49, 64, 97};
  struct vordec_session *session = session_that_compares(suite);
  if (!session) return;
  for (size_t i = 0; i < (suite->options->quick ? 4 : COUNT(sizes)) && !suite_fell_short(suite); i++) {
    judge_size(suite, session, sizes[i]);
  }
}

/* Where fields have a mean that is large, a difference of squares would show nothing of the rest. */
void check_compare_offset(struct suite *suite) {
  enum { N = 24 };
  struct vordec_session *session = session_that_compares(suite);
  struct vordec_backend_comparer *comparer = session ? comparing_start(suite, session, N, 1, 1) : NULL;
  const struct vordec_compare_pair pair = {0, 1.0};
  struct vordec_field_moments moments;
  struct vordec_pair_moments against;
  if (!comparer) return;
  double *w = noisy_field(N, 1), *f = noisy_field(N, 2);
  for (uint32_t i = 0; i < N * N; i++) {
    w[i] += 1e7;
    f[i] += 1e7;
  }
  struct vordec_compare_job keeps = comparing_job(), job = comparing_job();
  keeps.omega = f;
  keeps.keep = 0;
  job.omega = w;
  job.pairs = 1;
  job.pair = &pair;
  job.moments = &moments;
  job.against = &against;
  if (comparing_run(suite, comparer, N, &keeps, NULL, NULL) && comparing_run(suite, comparer, N, &job, NULL, NULL)) {
    const double allowed = 1e-7, expected = reference_moments(N, w).variance;
    const double covariance = reference_pair(N, w, f, 1.0).covariance;
    if (fabs(moments.variance - expected) > allowed * expected ||
        fabs(against.covariance - covariance) > allowed * expected) {
      suite_short(suite,
                  "about a mean of 1e7 the variance is %.9g and the covariance %.9g; they have to be %.9g and %.9g",
                  moments.variance, against.covariance, expected, covariance);
    }
  }
  plugin_compare(suite)->destroy(comparer);
  free(w);
  free(f);
}

/* ---- kept fields ---- */

static bool copy_kept(struct suite *suite, struct vordec_backend_comparer *comparer, uint32_t n, uint32_t field,
                      double *copy) {
  struct vordec_compare_job job = comparing_job();
  job.field = field;
  job.copy = copy;
  return comparing_run(suite, comparer, n, &job, NULL, NULL);
}

static void judge_bits(struct suite *suite, const char *what, const double *got, const double *expected, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (got[i] == expected[i]) continue;
    suite_short(suite, "%s: cell %zu is %.17g; it has to be %.17g", what, i, got[i], expected[i]);
    return;
  }
}

/* 0 at first; then what was put there, and the sums of it. */
void check_compare_kept(struct suite *suite) {
  enum { N = 20, CELLS = N * N };
  struct vordec_session *session = session_that_compares(suite);
  struct vordec_backend_comparer *comparer = session ? comparing_start(suite, session, N, 3, 0) : NULL;
  if (!comparer) return;
  double *a = noisy_field(N, 3), *b = noisy_field(N, 4), *copy = zeroed(CELLS, sizeof *copy);
  double *sum = zeroed(CELLS, sizeof *sum);
  bool fine = copy_kept(suite, comparer, N, 2, copy);
  if (fine) judge_bits(suite, "a field that was never filled", copy, sum, CELLS);
  struct vordec_compare_job job = comparing_job();
  job.omega = a;
  job.keep = 0;
  job.add = 1;
  fine = fine && comparing_run(suite, comparer, N, &job, NULL, NULL);
  job.omega = b;
  job.keep = 2;
  fine = fine && comparing_run(suite, comparer, N, &job, NULL, NULL);
  job = comparing_job();
  job.field = 0;
  job.add = 1;
  fine = fine && comparing_run(suite, comparer, N, &job, NULL, NULL);
  for (size_t i = 0; i < CELLS; i++) sum[i] = a[i] + b[i] + a[i];
  if (fine && copy_kept(suite, comparer, N, 0, copy)) judge_bits(suite, "a kept field", copy, a, CELLS);
  if (fine && copy_kept(suite, comparer, N, 2, copy)) judge_bits(suite, "the next one", copy, b, CELLS);
  if (fine && copy_kept(suite, comparer, N, 1, copy)) judge_bits(suite, "a sum of fields", copy, sum, CELLS);
  plugin_compare(suite)->destroy(comparer);
  plugin_compare(suite)->destroy(NULL);
  free(a);
  free(b);
  free(copy);
  free(sum);
}

/* ---- fields that are on the device ---- */

/* A member equals what get() returns for it. */
void check_compare_members(struct suite *suite) {
  enum { N = 28, MEMBERS = 3, CELLS = N * N };
  struct vordec_session *session = session_that_compares(suite);
  if (!session) return;
  if (!plugin_simulate(suite)) {
    suite_skip(suite, "the plugin has no %s, which is optional", VORDEC_SIMULATE_INTERFACE);
    return;
  }
  struct vordec_backend_comparer *comparer = comparing_start(suite, session, N, 0, 0);
  struct vordec_simulation_setup flow = flow_setup(N, plugin_precision(suite));
  flow.members = MEMBERS;
  struct vordec_backend_simulation *simulation = comparer ? flow_start(suite, session, &flow) : NULL;
  double *omega = zeroed(CELLS, sizeof *omega), *copy = zeroed(CELLS, sizeof *copy);
  bool fine = simulation != NULL;
  for (uint32_t i = 0; i < MEMBERS && fine; i++) {
    double *start = noisy_field(N, 40 + i);
    fine = flow_set(suite, simulation, i, N, start);
    free(start);
  }
  fine = fine && flow_steps(suite, simulation, 2);
  for (uint32_t i = MEMBERS; i-- > 0 && fine && !suite_fell_short(suite);) {
    char what[48];
    struct vordec_compare_job job = comparing_job();
    job.simulation = simulation;
    job.member = i;
    job.copy = copy;
    snprintf(what, sizeof what, "member %u, taken where it is", i);
    fine = comparing_run(suite, comparer, N, &job, NULL, NULL) && flow_get(suite, simulation, i, N, omega);
    if (fine) judge_bits(suite, what, copy, omega, CELLS);
  }
  plugin_compare(suite)->destroy(comparer);
  if (simulation) plugin_simulate(suite)->destroy(simulation);
  free(omega);
  free(copy);
}

static void judge_decode(struct suite *suite, const char *what, const double *copy, const struct decoded *decoded,
                         const void *field) {
  for (size_t i = 0; i < decoded->cells; i++) {
    const double expected = decoded_value(decoded, field, i);
    if (copy[i] == expected) continue;
    suite_short(suite, "%s, taken where it is: cell %zu is %.17g; it was read back as %.17g", what, i, copy[i],
                expected);
    return;
  }
}

/* Both fields of a decode that asked for one of them, which a decode that asks for both reads back. */
void check_compare_decodes(struct suite *suite) {
  struct vordec_session *session = session_that_compares(suite);
  if (!session) return;
  const struct sample_shape shape = {.n = 24, .k_cut = 4, .anchors = 6};
  struct sample sample = sample_create(&shape, 0, 1);
  const struct vordec_plan_desc desc = sample_plan(&sample, 1, plugin_precision(suite), "auto");
  struct vordec_backend_comparer *comparer = comparing_start(suite, session, shape.n, 0, 0);
  struct vordec_plan *plan = NULL;
  struct vordec_plan_info info;
  struct decoded all, one;
  double *copy = zeroed((size_t)shape.n * shape.n, sizeof *copy);
  struct decode_request request = {
      .desc = &desc, .sample = &sample, .outputs = VORDEC_OMEGA_LP | VORDEC_OMEGA_HAT, .residuals = 0};
  if (comparer && plugin_plan(suite, session, &desc, &plan, &info) == VORDEC_OK &&
      decoded_make(suite, plan, &request, &all)) {
    request.outputs = VORDEC_OMEGA_HAT;
    if (decoded_make(suite, plan, &request, &one)) {
      struct vordec_compare_job job = comparing_job();
      job.plan = plan;
      job.copy = copy;
      job.output = VORDEC_OMEGA_LP;
      if (comparing_run(suite, comparer, shape.n, &job, NULL, NULL)) {
        judge_decode(suite, "omega_lp", copy, &all, all.omega_lp);
      }
      job.output = VORDEC_OMEGA_HAT;
      if (comparing_run(suite, comparer, shape.n, &job, NULL, NULL)) {
        judge_decode(suite, "omega_hat", copy, &all, all.omega_hat);
      }
      decoded_destroy(&one);
    }
    decoded_destroy(&all);
  }
  if (plan) suite->backend->plan_destroy(plan);
  plugin_compare(suite)->destroy(comparer);
  sample_destroy(&sample);
  free(copy);
}

/* ---- evidence and memory ---- */

void check_compare_evidence(struct suite *suite) {
  enum { N = 64 };
  struct vordec_session *session = session_that_compares(suite);
  struct vordec_backend_comparer *comparer = session ? comparing_start(suite, session, N, 1, 0) : NULL;
  if (!comparer) return;
  double *omega = noisy_field(N, 5), *shell = zeroed(vordec_compare_shells(N), sizeof *shell);
  for (int i = 0; i < 3 && !suite_fell_short(suite); i++) {
    struct vordec_compare_result result;
    struct evidence_verdict verdict;
    double host_ms;
    struct vordec_compare_job job = comparing_job();
    job.omega = omega;
    if (i == 0) job.keep = 0; /* and nothing else */
    if (i > 0) job.shell = shell;
    if (!comparing_run(suite, comparer, N, &job, &result, &host_ms)) break;
    evidence_judge_compare(&suite->shared->device, &result, host_ms, &verdict);
    if (!verdict.proven) suite_short(suite, "compare(): %.400s", verdict.why);
    suite_note(suite, "compare_device would be \"%s\"", verdict.decode_device);
  }
  plugin_compare(suite)->destroy(comparer);
  free(omega);
  free(shell);
}

void check_compare_without_memory(struct suite *suite) {
  const struct vordec_compare_setup setup = {.struct_size = sizeof setup, .n = 20, .fields = 2, .pairs = 1};
  struct vordec_session *session = session_that_compares(suite);
  struct vordec_backend_comparer *first = session ? comparing_start(suite, session, 20, 2, 1) : NULL;
  if (!first) return;
  plugin_compare(suite)->destroy(first); /* whatever the backend keeps is in place by now */
  size_t number = 0;
  for (bool refused = true; refused && !suite_fell_short(suite);) {
    struct vordec_backend_comparer *comparer = NULL;
    struct vordec_plan_info info = {.struct_size = sizeof info};
    struct vordec_error error = {0};
    const size_t blocks = atomic_load(&suite->host.blocks);
    counting_host_refuse(&suite->host, ++number, true);
    const enum vordec_status status = plugin_compare(suite)->create(session, &setup, &comparer, &info, &error);
    refused = atomic_load(&suite->host.refused) > 0;
    counting_host_refuse(&suite->host, 0, false);
    if (status == VORDEC_OK) {
      plugin_compare(suite)->destroy(comparer);
    } else {
      char what[80];
      snprintf(what, sizeof what, "without allocation %zu and all after it", number);
      plugin_judge_shortage(suite, "create", what, status, &error);
    }
    if (atomic_load(&suite->host.blocks) > blocks) suite_short(suite, "a failed create() leaves memory behind");
  }
  suite_note(suite, "%zu allocations refused in turn", number - 1);
}
