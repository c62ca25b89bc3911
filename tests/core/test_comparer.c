/* SPDX-License-Identifier: MIT */
/* Comparers through the library, on stubs that pose as cards: where they can be, what is refused, and what is believed.
 */
#include "rig.h"

#include <math.h>
#include <stdlib.h>

#define FIELDS 3
#define PAIRS 2
#define SHELLS 7 /* |k| up to sqrt(32), rounded */

static const struct vordec_comparer_desc small = {.fields = FIELDS, .pairs = PAIRS};

/* On the runtime that there is. */
static struct vordec_simulation *simulate_more(struct rig *rig) {
  static const struct vordec_simulation_desc les = {.n = RIG_N, .members = 2, .dt = 0.01};
  struct vordec_simulation *simulation;
  check_ok(vordec_simulation_create(rig->runtime, NULL, &les, &simulation, &rig->error), &rig->error);
  return simulation;
}

static struct vordec_simulation *simulate(struct rig *rig, const char *backend) {
  rig_set(rig, "simulate", "backend", backend);
  rig_runtime(rig);
  return simulate_more(rig);
}

static struct vordec_comparer *compare_beside(struct rig *rig, struct vordec_simulation *simulation) {
  struct vordec_comparer *comparer;
  rig->log = (struct rig_log){0};
  check_ok(vordec_comparer_create(simulation, NULL, &small, &comparer, &rig->error), &rig->error);
  return comparer;
}

static struct vordec_compare_io blank(void) {
  return (struct vordec_compare_io){.field = VORDEC_NO_FIELD, .keep = VORDEC_NO_FIELD, .add = VORDEC_NO_FIELD};
}

static void fill(double *omega, double first) {
  for (size_t i = 0; i < RIG_CELLS; i++) omega[i] = first + (double)i;
}

/* Keeps, adds and copies, and reaches what shares its session. */
static void a_card_compares(void **state) {
  struct rig *rig = *state;
  double omega[RIG_CELLS], copy[RIG_CELLS], shell[SHELLS];
  struct vordec_field_moments moments;
  struct vordec_pair_moments against[PAIRS];
  const struct vordec_compare_pair pairs[PAIRS] = {{0, 1}, {2, -2}};
  struct vordec_compare_report report;
  struct vordec_comparer_info info;
  struct vordec_simulation *simulation = simulate(rig, "compares"), *other = simulate_more(rig);
  struct vordec_comparer *comparer = compare_beside(rig, other);
  vordec_comparer_get(comparer, &info);
  assert_string_equal(info.backend_used, "compares");
  assert_true(info.n == RIG_N && info.fields == FIELDS && info.pairs == PAIRS && info.shells == SHELLS);
  assert_null(info.compare_device);
  assert_int_equal(rig->log.open, 0); /* it is on the simulation's session */
  assert_true(vordec_comparer_reaches(comparer, other, NULL));
  assert_false(vordec_comparer_reaches(comparer, simulation, NULL));
  assert_false(vordec_comparer_reaches(comparer, NULL, NULL) || vordec_comparer_reaches(NULL, other, NULL));
  fill(omega, 1);
  check_ok(vordec_simulation_set(other, 1, omega, 0, &rig->error), &rig->error);
  struct vordec_compare_io io = blank();
  io.simulation = other;
  io.member = 1;
  io.keep = 0;
  io.add = 2;
  for (int twice = 0; twice < 2; twice++) check_ok(vordec_compare(comparer, &io, NULL, &rig->error), &rig->error);
  io = blank();
  io.field = 2;
  io.copy = copy;
  io.moments = &moments;
  io.pairs = PAIRS;
  io.pair = pairs;
  io.against = against;
  io.shell = shell;
  check_ok(vordec_compare(comparer, &io, &report, &rig->error), &rig->error);
  for (size_t i = 0; i < RIG_CELLS; i++) assert_true(copy[i] == 2 * omega[i]);
  assert_true(moments.square == 2 && against[1].difference == 0.25 && shell[SHELLS - 1] == SHELLS - 1);
  assert_string_equal(report.compare_device, "gpu");
  assert_true(report.device_timestamps && report.device_ms > 0.0 && report.device_ms <= report.total_ms);
  vordec_comparer_destroy(comparer);
  vordec_simulation_destroy(other);
  vordec_simulation_destroy(simulation);
  assert_int_equal(rig->log.warnings, 0);
}

static void where_it_cannot_be(void **state) {
  struct rig *rig = *state;
  static const char *const rows[] = {"flows", "compares_short", "compares_null_slot", "compares_nothing"};
  struct vordec_comparer *comparer = (struct vordec_comparer *)rig;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct vordec_simulation *simulation = simulate(rig, rows[i]);
    assert_int_equal(vordec_comparer_create(simulation, NULL, &small, &comparer, &rig->error), VORDEC_E_UNSUPPORTED);
    assert_null(comparer);
    check_line_holds(rig->error.message, i < 3 ? "it has no comparer" : "made no comparer and gave no reason");
    vordec_simulation_destroy(simulation);
  }
  check_fails(vordec_comparer_create(NULL, NULL, &small, &comparer, &rig->error), &rig->error, VORDEC_E_USAGE,
              "a comparer needs a simulation or a decoder");
  struct vordec_simulation *simulation = simulate(rig, "compares");
  struct vordec_comparer_desc desc = {.fields = ((size_t)1 << 20) + 1};
  check_fails(vordec_comparer_create(simulation, NULL, &desc, &comparer, &rig->error), &rig->error, VORDEC_E_INPUT,
              "fields: 1048577 ");
  desc = (struct vordec_comparer_desc){.pairs = 65};
  check_fails(vordec_comparer_create(simulation, NULL, &desc, &comparer, &rig->error), &rig->error, VORDEC_E_INPUT,
              "pairs: 65 ");
  vordec_simulation_destroy(simulation);
}

static void check_refused(struct rig *rig, struct vordec_comparer *comparer, const struct vordec_compare_io *io,
                          enum vordec_status status, const char *says) {
  rig->log.order[0] = '\0';
  check_fails(vordec_compare(comparer, io, NULL, &rig->error), &rig->error, status, says);
}

/* Before the backend sees any of it. */
static void what_is_wrong_with_a_call(void **state) {
  struct rig *rig = *state;
  double omega[RIG_CELLS];
  struct vordec_pair_moments against[PAIRS + 1];
  struct vordec_compare_pair pairs[PAIRS + 1] = {{0, 1}, {FIELDS, 1}, {0, 1}};
  struct vordec_simulation *simulation = simulate(rig, "compares"), *other = simulate_more(rig);
  struct vordec_comparer *comparer = compare_beside(rig, other);
  struct vordec_compare_io io = blank();
  fill(omega, 0);
  check_refused(rig, comparer, &io, VORDEC_E_USAGE, "field: field 4294967295 does not exist");
  io.simulation = other;
  check_refused(rig, comparer, &io, VORDEC_E_USAGE, "member 0 holds no field");
  io.member = 2;
  check_refused(rig, comparer, &io, VORDEC_E_USAGE, "member 2 does not exist");
  io.omega = omega;
  check_refused(rig, comparer, &io, VORDEC_E_USAGE, "a field comes from one source");
  io = blank();
  io.simulation = simulation;
  check_refused(rig, comparer, &io, VORDEC_E_USAGE, "the simulation is on another device or grid");
  io = blank();
  io.omega = omega;
  io.keep = FIELDS;
  check_refused(rig, comparer, &io, VORDEC_E_USAGE, "keep: field 3 does not exist");
  io.keep = io.add = 1;
  check_refused(rig, comparer, &io, VORDEC_E_USAGE, "field 1 cannot be added to itself");
  io.keep = VORDEC_NO_FIELD;
  io.add = FIELDS;
  check_refused(rig, comparer, &io, VORDEC_E_USAGE, "add: field 3 does not exist");
  io.add = VORDEC_NO_FIELD;
  io.against = against;
  io.pair = pairs;
  io.pairs = PAIRS + 1;
  check_refused(rig, comparer, &io, VORDEC_E_USAGE, "3 pairs are given");
  io.pairs = PAIRS;
  check_refused(rig, comparer, &io, VORDEC_E_USAGE, "pair: field 3 does not exist");
  pairs[1] = (struct vordec_compare_pair){1, INFINITY};
  check_refused(rig, comparer, &io, VORDEC_E_INPUT, "the factor of pair 1 is not finite");
  omega[RIG_N + 1] = NAN;
  check_refused(rig, comparer, &io, VORDEC_E_INPUT, "vorticity: not finite at row 1, column 1");
  io = blank();
  io.field = io.add = 0;
  check_refused(rig, comparer, &io, VORDEC_E_USAGE, "field 0 cannot be added to itself");
  vordec_comparer_destroy(comparer);
  vordec_simulation_destroy(other);
  vordec_simulation_destroy(simulation);
}

static enum vordec_status compare_start(struct rig *rig, struct vordec_comparer *comparer,
                                        struct vordec_compare_report *report) {
  double omega[RIG_CELLS];
  struct vordec_field_moments moments;
  struct vordec_compare_io io = blank();
  fill(omega, 1);
  io.omega = omega;
  io.moments = &moments;
  return vordec_compare(comparer, &io, report, &rig->error);
}

static void evidence_is_judged(void **state) {
  struct rig *rig = *state;
  static const struct {
    const char *backend, *says;
  } rows[] = {{"compares_no_dispatch", "no dispatch was recorded"},
              {"compares_elsewhere", "it worked on a device of type integrated"},
              {"compares_too_long", "its work took 1e+09 ms in all"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    for (int permissive = 0; permissive < 2; permissive++) {
      struct vordec_compare_report report;
      rig_set(rig, "decode", "policy", permissive ? "permissive" : "strict");
      struct vordec_simulation *simulation = simulate(rig, rows[i].backend);
      struct vordec_comparer *comparer = compare_beside(rig, simulation);
      const enum vordec_status status = compare_start(rig, comparer, &report);
      if (permissive) {
        check_ok(status, &rig->error);
        assert_string_equal(report.compare_device, "unknown");
        check_line_holds(rig->log.warning, "EVIDENCE_MISSING");
      } else {
        check_fails(status, &rig->error, VORDEC_E_REFUSED, rows[i].says);
        assert_int_equal(rig->error.reason, VORDEC_REASON_EVIDENCE);
      }
      vordec_comparer_destroy(comparer);
      vordec_simulation_destroy(simulation);
    }
  }
}

/* A warm-up that cannot be ends nothing; sums that cannot be do. */
static void numbers_are_looked_at(void **state) {
  struct rig *rig = *state;
  static const char *const rows[] = {"compares_negative", "compares_no_number"};
  struct vordec_compare_report report;
  rig_set(rig, "decode", "policy", "permissive");
  struct vordec_simulation *simulation = simulate(rig, "compares_late");
  struct vordec_comparer *comparer = compare_beside(rig, simulation);
  check_ok(compare_start(rig, comparer, &report), &rig->error);
  assert_string_equal(report.compare_device, "unknown");
  check_line_holds(rig->log.warning, "its comparer claims a warm-up of 1e+09 ms");
  vordec_comparer_destroy(comparer);
  vordec_simulation_destroy(simulation);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    simulation = simulate(rig, rows[i]);
    comparer = compare_beside(rig, simulation);
    check_fails(compare_start(rig, comparer, &report), &rig->error, VORDEC_E_FAILED, "sums that are impossible");
    vordec_comparer_destroy(comparer);
    vordec_simulation_destroy(simulation);
  }
}

/* It may outlive what it was made beside. */
static void the_order_of_ends(void **state) {
  struct rig *rig = *state;
  struct vordec_compare_report report;
  struct vordec_simulation *simulation = simulate(rig, "compares");
  struct vordec_comparer *comparer = compare_beside(rig, simulation);
  vordec_simulation_destroy(simulation);
  check_ok(compare_start(rig, comparer, &report), &rig->error);
  assert_int_equal(rig->log.close, 0);
  vordec_comparer_destroy(comparer);
  assert_int_equal(rig->log.close, 1);
  vordec_comparer_destroy(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_card_compares),    TEST(where_it_cannot_be),    TEST(what_is_wrong_with_a_call),
      TEST(evidence_is_judged), TEST(numbers_are_looked_at), TEST(the_order_of_ends),
  };
  return cmocka_run_group_tests_name("comparers", tests, NULL, NULL);
}
