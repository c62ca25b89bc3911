/* SPDX-License-Identifier: MIT */
#include "check_simulate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/policy/evidence.h"
#include "flow_run.h"
#include "plugin.h"
#include "reference_flow.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Whether the plugin has the interface that is to be checked. */
static struct vordec_session *session_that_simulates(struct suite *suite) {
  struct vordec_session *session = plugin_session(suite);
  if (session && !plugin_simulate(suite))
    suite_skip(suite, "the plugin has no %s, which is optional", VORDEC_SIMULATE_INTERFACE);
  return session && plugin_simulate(suite) ? session : NULL;
}

static double *new_field(uint32_t n) {
  double *field = calloc((size_t)n * n, sizeof *field);
  if (!field) abort();
  return field;
}

/* The rounding of one transform, as it may add up over a few steps. */
static double rounding(enum vordec_precision precision) {
  return precision == VORDEC_FP64 ? 1e-13 : 4e-6;
}

static void judge_field(struct suite *suite, const double *omega, const double *expected, uint32_t n, double tolerance,
                        const char *where) {
  double off = 0.0, size = 0.0;
  for (size_t i = 0; i < (size_t)n * n; i++) {
    off += (omega[i] - expected[i]) * (omega[i] - expected[i]);
    size += expected[i] * expected[i];
  }
  if (sqrt(off) <= tolerance * sqrt(size)) return;
  suite_short(suite, "%s: the vorticity is off by %.3g of its size; allowed %.1g", where, sqrt(off / size), tolerance);
}

static bool same_bits(const double *a, const double *b, uint32_t n) {
  return memcmp(a, b, (size_t)n * n * sizeof *a) == 0;
}

/* ---- steps ---- */

/* What can be switched on, as bits. */
enum { MEAN = 1, FILTER = 2, DEALIAS = 4, ALL = 7 };

static struct vordec_simulation_setup switched(struct vordec_simulation_setup setup, unsigned bits) {
  setup.reference_mean = bits & MEAN;
  setup.filter = bits & FILTER;
  setup.dealias = bits & DEALIAS;
  return setup;
}

static void judge_steps(struct suite *suite, struct vordec_session *session,
                        const struct vordec_simulation_setup *setup) {
  enum { STEPS = 3 };
  const uint32_t n = setup->n;
  double *expected = flow_field(n, n), *omega = new_field(n);
  char where[120];
  /* Noise on every mode, the Nyquist ones among them. */
  for (uint32_t i = 0; i < n * n; i++) expected[i] += 0.01 * cos(1.7 * (double)i * (double)i);
  struct vordec_backend_simulation *simulation = flow_start(suite, session, setup);
  if (simulation && flow_set(suite, simulation, 0, n, expected) && flow_steps(suite, simulation, STEPS) &&
      flow_get(suite, simulation, 0, n, omega)) {
    for (int i = 0; i < STEPS; i++) reference_flow_step(setup, expected);
    snprintf(where, sizeof where, "N = %u, %s, fft %s%s%s%s, after %d steps", n, precision_name(setup->precision),
             setup->fft, setup->reference_mean ? ", reference_mean" : "", setup->filter ? ", filter" : "",
             setup->dealias ? ", dealias" : "", STEPS);
    judge_field(suite, omega, expected, n, 3 * rounding(setup->precision), where);
  }
  plugin_simulate(suite)->destroy(simulation);
  free(expected);
  free(omega);
}

void check_simulate_steps(struct suite *suite) {
  static const uint32_t sizes[] = {16, 15, 32, 4, 5, 8, 9, 22, 30, 34};
  struct vordec_session *session = session_that_simulates(suite);
  struct way ways[WAYS_MAX];
  if (!session) return;
  const size_t count = plugin_ways(suite, ways);
  for (size_t w = 0; w < count; w++) {
    for (size_t i = 0; i < (suite->options->quick ? 3 : COUNT(sizes)) && !suite_fell_short(suite); i++) {
      struct vordec_simulation_setup setup = flow_setup(sizes[i], ways[w].precision);
      setup.fft = ways[w].fft;
      for (unsigned bits = 0; bits <= ALL && !suite_fell_short(suite);
           bits += bits == 0 || !suite->options->quick ? 1 : 6) {
        setup = switched(setup, bits);
        judge_steps(suite, session, &setup);
      }
    }
  }
}

/* 2 cos x cos y does not advect itself: Heun's method takes it down by 1 - z + z^2 / 2 a step, z = 2 nu dt. */
void check_simulate_decay(struct suite *suite) {
  static const uint32_t sizes[] = {32, 33, 64, 128, 100, 256};
  struct vordec_session *session = session_that_simulates(suite);
  if (!session) return;
  for (size_t i = 0; i < (suite->options->quick ? 3 : COUNT(sizes)) && !suite_fell_short(suite); i++) {
    enum { STEPS = 10 };
    const uint32_t n = sizes[i];
    struct vordec_simulation_setup setup = flow_setup(n, plugin_precision(suite));
    setup.cs = 0;
    setup.nu0 = 2 / (setup.dt * n * n); /* for the smallest scales, which must not grow, z is 1 */
    const double step = 2 * acos(-1.0) / n, z = 2 * setup.nu0 * setup.dt, factor = pow(1 - z + z * z / 2, STEPS);
    double *omega = new_field(n), *expected = new_field(n);
    for (uint32_t cell = 0; cell < n * n; cell++) {
      const uint32_t y = cell / n, x = cell % n;
      omega[cell] = 2 * cos(step * y) * cos(step * x);
    }
    for (uint32_t cell = 0; cell < n * n; cell++) expected[cell] = factor * omega[cell];
    struct vordec_backend_simulation *simulation = flow_start(suite, session, &setup);
    char where[80];
    snprintf(where, sizeof where, "N = %u, a vortex that decays, after %d steps", n, STEPS);
    if (simulation && flow_set(suite, simulation, 0, n, omega) && flow_steps(suite, simulation, STEPS) &&
        flow_get(suite, simulation, 0, n, omega)) {
      judge_field(suite, omega, expected, n, STEPS * rounding(setup.precision), where);
    }
    plugin_simulate(suite)->destroy(simulation);
    free(omega);
    free(expected);
  }
}

/* ---- bits ---- */

/* What get() gives goes in by set() and goes on with the same bits. */
void check_simulate_round_trip(struct suite *suite) {
  struct vordec_session *session = session_that_simulates(suite);
  if (!session) return;
  const uint32_t n = 40;
  const struct vordec_simulation_setup setup = switched(flow_setup(n, plugin_precision(suite)), ALL);
  struct vordec_backend_simulation *on = flow_start(suite, session, &setup),
                                   *again = flow_start(suite, session, &setup);
  double *omega = flow_field(n, 3), *other = new_field(n), *middle = new_field(n);
  bool fine = on && again && flow_set(suite, on, 0, n, omega) && flow_steps(suite, on, 2) &&
              flow_get(suite, on, 0, n, middle) && flow_set(suite, again, 0, n, middle) &&
              flow_get(suite, again, 0, n, other);
  if (fine && !same_bits(middle, other, n)) suite_short(suite, "get() after set() gives different bits than were set");
  fine = fine && flow_steps(suite, on, 3) && flow_steps(suite, again, 3) && flow_get(suite, on, 0, n, omega) &&
         flow_get(suite, again, 0, n, other);
  if (fine && !same_bits(omega, other, n)) {
    suite_short(suite, "a field that was read and set again goes on with different bits than its simulation");
  }
  plugin_simulate(suite)->destroy(on);
  plugin_simulate(suite)->destroy(again);
  plugin_simulate(suite)->destroy(NULL);
  free(omega);
  free(other);
  free(middle);
}

/* Twelve steps at once and one by one, over precisions and FFTs. */
void check_simulate_splits(struct suite *suite) {
  struct vordec_session *session = session_that_simulates(suite);
  struct way ways[WAYS_MAX];
  if (!session) return;
  const size_t count = plugin_ways(suite, ways);
  for (size_t w = 0; w < count && !suite_fell_short(suite); w++) {
    const uint32_t n = 24;
    struct vordec_simulation_setup setup = switched(flow_setup(n, ways[w].precision), w % 2 ? ALL : 0);
    setup.fft = ways[w].fft;
    struct vordec_backend_simulation *whole = flow_start(suite, session, &setup);
    struct vordec_backend_simulation *split = whole ? flow_start(suite, session, &setup) : NULL;
    double *start = flow_field(n, 4), *a = new_field(n), *b = new_field(n);
    bool fine = whole && split && flow_set(suite, whole, 0, n, start) && flow_set(suite, split, 0, n, start) &&
                flow_steps(suite, whole, 12);
    for (int i = 0; i < 12 && fine; i++) fine = flow_steps(suite, split, 1);
    fine = fine && flow_get(suite, whole, 0, n, a) && flow_get(suite, split, 0, n, b);
    if (fine && !same_bits(a, b, n)) {
      suite_short(suite, "%s, fft %s: 12 steps at once and 12 single steps end in different bits",
                  precision_name(setup.precision), setup.fft);
    }
    plugin_simulate(suite)->destroy(whole);
    plugin_simulate(suite)->destroy(split);
    free(start);
    free(a);
    free(b);
  }
}

/* Side by side and alone. */
void check_simulate_members(struct suite *suite) {
  enum { MEMBERS = 3 };
  struct vordec_session *session = session_that_simulates(suite);
  if (!session) return;
  const uint32_t n = 36;
  struct vordec_simulation_setup setup = switched(flow_setup(n, plugin_precision(suite)), DEALIAS);
  struct vordec_backend_simulation *alone = flow_start(suite, session, &setup);
  setup.members = MEMBERS;
  struct vordec_backend_simulation *together = flow_start(suite, session, &setup);
  double *together_field = new_field(n), *alone_field = new_field(n);
  bool fine = alone && together;
  for (uint32_t member = 0; member < MEMBERS && fine; member++) {
    double *start = flow_field(n, 10 + member);
    fine = flow_set(suite, together, member, n, start);
    free(start);
  }
  fine = fine && flow_steps(suite, together, 2) && flow_steps(suite, together, 3);
  for (uint32_t member = 0; member < MEMBERS && fine && !suite_fell_short(suite); member++) {
    double *start = flow_field(n, 10 + member);
    fine = flow_set(suite, alone, 0, n, start) && flow_steps(suite, alone, 5) &&
           flow_get(suite, alone, 0, n, alone_field) && flow_get(suite, together, member, n, together_field);
    if (fine && !same_bits(together_field, alone_field, n)) {
      suite_short(suite, "member %u of %d has different bits than it has alone", member, MEMBERS);
    }
    free(start);
  }
  plugin_simulate(suite)->destroy(alone);
  plugin_simulate(suite)->destroy(together);
  free(together_field);
  free(alone_field);
}

/* ---- what is not finite ---- */

/* Steps one by one until a value is not finite. Returns that step, counted from 1; 0: it fell short. */
static uint32_t find_breakdown(struct suite *suite, struct vordec_backend_simulation *simulation,
                               struct vordec_simulation_result *result) {
  double host_ms;
  for (uint32_t step = 1; step <= 60; step++) {
    if (!flow_advance(suite, simulation, 1, result, &host_ms)) return 0;
    if (!result->finite) return step;
  }
  suite_short(suite, "a flow with a time step of 1000 is claimed to be finite after 60 steps");
  return 0;
}

/* The first value that is not finite is told by step, member, row and column, however the steps are divided; and the
 * simulation can be set again. */
void check_simulate_not_finite(struct suite *suite) {
  enum { MEMBERS = 2 };
  struct vordec_session *session = session_that_simulates(suite);
  if (!session) return;
  const uint32_t n = 16;
  struct vordec_simulation_setup setup = flow_setup(n, plugin_precision(suite));
  setup.members = MEMBERS;
  setup.dt = 1000;
  struct vordec_backend_simulation *simulation = flow_start(suite, session, &setup);
  struct vordec_simulation_result one = {0}, all = {0};
  double *calm = new_field(n), *wild = flow_field(n, 7), host_ms;
  bool fine = simulation && flow_set(suite, simulation, 0, n, calm) && flow_set(suite, simulation, 1, n, wild);
  const uint32_t step = fine ? find_breakdown(suite, simulation, &one) : 0;
  if (step && (one.bad_step != 1 || one.bad_member != 1 || one.bad_row >= n || one.bad_column >= n)) {
    suite_short(
        suite, "after one step it reports that step %u, member %u, row %u, column %u is not finite, but it is member 1",
        one.bad_step, one.bad_member, one.bad_row, one.bad_column);
  }
  fine = step && flow_set(suite, simulation, 0, n, calm) && flow_set(suite, simulation, 1, n, wild) &&
         flow_advance(suite, simulation, step + 5, &all, &host_ms);
  if (fine && (all.finite || all.bad_step != step || all.bad_member != 1 || all.bad_row != one.bad_row ||
               all.bad_column != one.bad_column)) {
    suite_short(suite,
                "for %u steps at once it reports %s step %u, member %u, row %u, column %u; one by one it was step %u,"
                " row %u, column %u",
                step + 5, all.finite ? "nothing, and" : "", all.bad_step, all.bad_member, all.bad_row, all.bad_column,
                step, one.bad_row, one.bad_column);
  }
  fine = fine && flow_set(suite, simulation, 0, n, calm) && flow_set(suite, simulation, 1, n, calm) &&
         flow_steps(suite, simulation, 2) && flow_get(suite, simulation, 1, n, wild);
  if (fine && !same_bits(wild, calm, n)) suite_short(suite, "a fluid at rest moves after an earlier breakdown");
  plugin_simulate(suite)->destroy(simulation);
  free(calm);
  free(wild);
}

/* ---- evidence and memory ---- */

void check_simulate_evidence(struct suite *suite) {
  struct vordec_session *session = session_that_simulates(suite);
  if (!session) return;
  const uint32_t n = 48;
  const struct vordec_simulation_setup setup = flow_setup(n, plugin_precision(suite));
  struct vordec_backend_simulation *simulation = flow_start(suite, session, &setup);
  double *start = flow_field(n, 5);
  const bool fine = simulation && flow_set(suite, simulation, 0, n, start);
  for (uint32_t steps = 1; fine && steps <= 16 && !suite_fell_short(suite); steps *= 4) {
    struct vordec_simulation_result result;
    struct evidence_verdict verdict;
    double host_ms;
    if (!flow_advance(suite, simulation, steps, &result, &host_ms)) break;
    evidence_judge_simulation(&suite->shared->device, &result, host_ms, &verdict);
    if (!verdict.proven) suite_short(suite, "advance(%u): %.400s", steps, verdict.why);
    suite_note(suite, "les_device would be \"%s\"", verdict.decode_device);
  }
  plugin_simulate(suite)->destroy(simulation);
  free(start);
}

void check_simulate_without_memory(struct suite *suite) {
  struct vordec_session *session = session_that_simulates(suite);
  if (!session) return;
  const struct vordec_simulation_setup setup = flow_setup(20, plugin_precision(suite));
  plugin_simulate(suite)->destroy(
      flow_start(suite, session, &setup)); /* whatever the backend keeps is in place by now */
  size_t number = 0;
  for (bool refused = true; refused && !suite_fell_short(suite);) {
    struct vordec_backend_simulation *simulation = NULL;
    struct vordec_plan_info info = {.struct_size = sizeof info};
    struct vordec_error error = {0};
    const size_t blocks = atomic_load(&suite->host.blocks);
    counting_host_refuse(&suite->host, ++number, true);
    const enum vordec_status status = plugin_simulate(suite)->create(session, &setup, &simulation, &info, &error);
    refused = atomic_load(&suite->host.refused) > 0;
    counting_host_refuse(&suite->host, 0, false);
    if (status == VORDEC_OK) {
      plugin_simulate(suite)->destroy(simulation);
    } else {
      char what[80];
      snprintf(what, sizeof what, "without allocation %zu and all after it", number);
      plugin_judge_shortage(suite, "create", what, status, &error);
    }
    if (atomic_load(&suite->host.blocks) > blocks) suite_short(suite, "a failed create() leaves memory behind");
  }
  suite_note(suite, "%zu allocations refused in turn", number - 1);
}
