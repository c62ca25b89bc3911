/* SPDX-License-Identifier: MIT */
/* Rollouts that go wrong: without evidence, with bad input, on a device that was lost, from two threads. */
#include "rig.h"

#include <stdlib.h>

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
#define SMALL 6

/* ---- evidence -----------------------------------------------------------------------------------------------------
 */

static void without_evidence(void **state) {
  struct rig *rig = *state;
  static const char *const rows[][2] = {{"rolls_no_dispatch", "no dispatch was recorded"},
                                        {"rolls_incomplete", "3 of 4 dispatches completed"},
                                        {"rolls_elsewhere", "type integrated, but probing reported discrete"},
                                        {"rolls_uuid_lie", "UUID"},
                                        {"rolls_too_long", "took 1e+09 ms in all"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct vordec_rollout_report report = {.op_device = "untouched"};
    rig_set(rig, "decode", "policy", "strict");
    struct vordec_rollout *rollout = rig_rollout_alone(rig, rows[i][0]);
    check_fails(vordec_rollout_advance(rollout, 4, &report, &rig->error), &rig->error, VORDEC_E_REFUSED, rows[i][1]);
    check_line_holds(rig->error.message, rows[i][0]);
    assert_int_equal(rig->error.reason, VORDEC_REASON_EVIDENCE);
    assert_string_equal(report.op_device, "untouched");
    vordec_rollout_destroy(rollout);

    rig_set(rig, "decode", "policy", "permissive");
    rollout = rig_rollout_alone(rig, rows[i][0]);
    for (int j = 0; j < 3; j++) {
      check_ok(vordec_rollout_advance(rollout, 4, &report, &rig->error), &rig->error);
      assert_string_equal(report.op_device, "unknown");
    }
    assert_int_equal(rig->log.warnings, 1);
    check_line_holds(rig->log.warning, "EVIDENCE_MISSING: ");
    check_line_holds(rig->log.warning, rows[i][1]);
    vordec_rollout_destroy(rollout);
  }
}

/* The stub shows nothing for a call of two steps. */
static void the_weakest_claim_stays(void **state) {
  struct rig *rig = *state;
  static const size_t steps[] = {1, 3, 2, 1, 5};
  static const char *const expected[] = {"gpu", "gpu", "unknown", "unknown", "unknown"};
  struct vordec_rollout_report report;
  rig_set(rig, "decode", "policy", "permissive");
  struct vordec_rollout *rollout = rig_rollout_alone(rig, "rolls_doubtful");
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    check_ok(vordec_rollout_advance(rollout, steps[i], &report, &rig->error), &rig->error);
    assert_string_equal(report.op_device, expected[i]);
  }
  vordec_rollout_destroy(rollout);
}

static void kinds_of_device(void **state) {
  struct rig *rig = *state;
  struct vordec_rollout_report report;
  rig_set(rig, "decode", "allow_software_device", "true");
  struct vordec_rollout *rollout = rig_rollout_alone(rig, "rolls_software");
  check_ok(vordec_rollout_advance(rollout, 1, &report, &rig->error), &rig->error);
  assert_string_equal(report.op_device, "cpu");
  check_line_holds(rig->log.warning, "SOFTWARE_DEVICE: ");
  vordec_rollout_destroy(rollout);
  rollout = rig_rollout_alone(rig, "rolls_no_timestamps");
  check_ok(vordec_rollout_advance(rollout, 1, &report, &rig->error), &rig->error);
  assert_string_equal(report.op_device, "gpu");
  vordec_rollout_destroy(rollout);
}

/* ---- what is refused ----------------------------------------------------------------------------------------------
 */

static void entries_that_are_not_finite(void **state) {
  struct rig *rig = *state;
  double *a = rig_operator(SMALL), *z = rig_states(1);
  const struct vordec_rollout_desc desc = {.d = SMALL, .a = a, .z0 = z};
  static const double bad[] = {NAN, INFINITY, -INFINITY};
  static const char *const words[] = {"NaN", "infinite", "infinite"};
  static const char *const backends[] = {"cpu", "rolls"};
  for (size_t i = 0; i < 6; i++) {
    struct vordec_rollout *rollout = (void *)a;
    char says[64];
    rig_set(rig, "op", "backend", backends[i / 3]);
    rig_runtime(rig);
    const double a_was = a[2 * SMALL + 5], z_was = z[4];
    a[2 * SMALL + 5] = bad[i % 3];
    snprintf(says, sizeof says, "A: row 2, column 5 is %s", words[i % 3]);
    check_fails(vordec_rollout_create(rig->runtime, NULL, &desc, &rollout, &rig->error), &rig->error, VORDEC_E_INPUT,
                says);
    assert_null(rollout);
    a[2 * SMALL + 5] = a_was;
    z[4] = bad[i % 3];
    snprintf(says, sizeof says, "z: entry 4 is %s", words[i % 3]);
    check_fails(vordec_rollout_create(rig->runtime, NULL, &desc, &rollout, &rig->error), &rig->error, VORDEC_E_INPUT,
                says);
    assert_null(rollout);
    z[4] = z_was;
  }
  assert_int_equal(rig->log.probe, 0);
  free(a);
  free(z);
}

/* Finite in double, not in float. */
/* Refused before a single entry of A or z is looked at. */
static void sizes_out_of_range(void **state) {
  struct rig *rig = *state;
  static const size_t sizes[] = {0, (1u << 20) + 1, SIZE_MAX};
  rig_runtime(rig);
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    struct vordec_rollout *rollout = NULL;
    const struct vordec_rollout_desc desc = {.d = sizes[i]};
    check_fails(vordec_rollout_create(rig->runtime, NULL, &desc, &rollout, &rig->error), &rig->error, VORDEC_E_INPUT,
                "is out of range (1 .. 1048576)");
    assert_null(rollout);
  }
}

static void entries_beyond_single_precision(void **state) {
  struct rig *rig = *state;
  static const char *const rows[][2] = {{"cpu", "float32"}, {"rolls", "auto"}};
  double *a = rig_operator(SMALL), *z = rig_states(1);
  const struct vordec_rollout_desc desc = {.d = SMALL, .a = a, .z0 = z};
  for (size_t i = 0; i < 2; i++) {
    struct vordec_rollout *rollout = NULL;
    rig_set(rig, "op", "backend", rows[i][0]);
    rig_set(rig, "op", "dtype", rows[i][1]);
    rig_runtime(rig);
    a[1 * SMALL + 3] = 1e300;
    check_fails(vordec_rollout_create(rig->runtime, NULL, &desc, &rollout, &rig->error), &rig->error, VORDEC_E_INPUT,
                "A: ");
    a[1 * SMALL + 3] = 0.0;
    z[5] = -1e39;
    check_fails(vordec_rollout_create(rig->runtime, NULL, &desc, &rollout, &rig->error), &rig->error, VORDEC_E_INPUT,
                "z: ");
    z[5] = 0.0;
  }
  free(a);
  free(z);
}

static void numbers_of_steps(void **state) {
  struct rig *rig = *state;
  double before[RIG_D], after[RIG_D];
  static const size_t bad[] = {0, (size_t)UINT32_MAX + 1, SIZE_MAX};
  struct vordec_rollout_report report = {.op_device = "untouched"};
  struct vordec_rollout *rollout = rig_rollout_alone(rig, "rolls");
  check_ok(vordec_rollout_read(rollout, before, &rig->error), &rig->error);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    check_fails(vordec_rollout_advance(rollout, bad[i], &report, &rig->error), &rig->error, VORDEC_E_USAGE, "steps");
  }
  assert_int_equal(rig->log.advance, 0);
  assert_string_equal(report.op_device, "untouched");
  check_ok(vordec_rollout_read(rollout, after, &rig->error), &rig->error);
  assert_memory_equal(before, after, sizeof before);
  vordec_rollout_destroy(rollout);
}

/* ---- death --------------------------------------------------------------------------------------------------------
 */

static enum vordec_status call_slot(struct vordec_rollout *rollout, int which, struct vordec_error *error) {
  double z[RIG_D];
  char digest[33];
  if (which == 0) return vordec_rollout_advance(rollout, 1, NULL, error);
  return which == 1 ? vordec_rollout_read(rollout, z, error) : vordec_rollout_hash(rollout, digest, error);
}

static void what_is_lost_stays_lost(void **state) {
  struct rig *rig = *state;
  static const struct {
    const char *fails;
    int slot;
    enum vordec_status status;
    bool sticky;
  } rows[] = {{"advance 8 0", 0, VORDEC_E_DEVICE_LOST, true}, {"advance 9 0", 0, VORDEC_E_TIMEOUT, true},
              {"advance 11 0", 0, VORDEC_E_FAILED, false},    {"read 8 0", 1, VORDEC_E_DEVICE_LOST, true},
              {"read 9 0", 2, VORDEC_E_TIMEOUT, true},        {"read 7 18", 1, VORDEC_E_NO_MEMORY, false}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct vordec_rollout *rollout = rig_rollout_alone(rig, "rolls");
    check_ok(call_slot(rollout, 0, &rig->error), &rig->error);
    setenv("VORDEC_STUB_FAIL", rows[i].fails, 1);
    const enum vordec_status status = call_slot(rollout, rows[i].slot, &rig->error);
    unsetenv("VORDEC_STUB_FAIL");
    assert_int_equal(status, rows[i].status);
    check_line_holds(rig->error.message, "the stub's ");
    rig->log.advance = rig->log.read = 0;
    for (int slot = 0; slot < 3; slot++) {
      const enum vordec_status later = call_slot(rollout, slot, &rig->error);
      assert_int_equal(later, rows[i].sticky ? rows[i].status : VORDEC_OK);
      if (later) check_line_holds(rig->error.message, "make a new decoder, rollout, simulation, encoder or adjoint");
    }
    assert_int_equal(rig->log.advance + rig->log.read, rows[i].sticky ? 0 : 3);
    vordec_rollout_destroy(rollout);
    assert_int_equal(rig->log.rollout_destroy, 1);
    assert_int_equal(rig->log.close, 1);
  }
}

/* The device that one of the two lost is the other's too. */
static void death_is_shared(void **state) {
  struct rig *rig = *state;
  double *z = rig_states(1);
  for (int by_decode = 0; by_decode < 2; by_decode++) {
    struct vordec_decoder *decoder = rig_make_decoder(rig, "rolls", "auto");
    struct vordec_rollout *rollout = rig_make_rollout(rig, decoder);
    const struct vordec_decode_io ios[] = {{.count = 1, .z = z}, {.count = 1, .rollout = rollout}};
    setenv("VORDEC_STUB_FAIL", by_decode ? "decode 8 0" : "advance 8 0", 1);
    const enum vordec_status status =
        by_decode ? vordec_decode(decoder, &ios[0], NULL, &rig->error) : call_slot(rollout, 0, &rig->error);
    unsetenv("VORDEC_STUB_FAIL");
    assert_int_equal(status, VORDEC_E_DEVICE_LOST);
    memset(&rig->log, 0, sizeof rig->log);
    for (int i = 0; i < 2; i++) {
      check_fails(vordec_decode(decoder, &ios[i], NULL, &rig->error), &rig->error, VORDEC_E_DEVICE_LOST, "make a new");
    }
    for (int slot = 0; slot < 3; slot++) {
      check_fails(call_slot(rollout, slot, &rig->error), &rig->error, VORDEC_E_DEVICE_LOST, "make a new");
    }
    assert_int_equal(rig->log.decode + rig->log.advance + rig->log.read, 0);
    vordec_rollout_destroy(rollout);
    vordec_decoder_destroy(decoder);
  }
  free(z);
}

/* ---- two calls at once --------------------------------------------------------------------------------------------
 */

/* Calls on the pair from within a call on it; the stubs log each slot. */
struct intruder {
  struct vordec_decoder *decoder;
  struct vordec_rollout *rollout;
  const char *slot;
  int calls;
};

static void intrude(void *ctx, enum vordec_log_level level, const char *message) {
  struct intruder *intruder = ctx;
  (void)level;
  if (!intruder->slot || strcmp(message, intruder->slot) != 0) return;
  intruder->slot = NULL;
  const struct vordec_decode_io io = {.count = 1, .rollout = intruder->rollout};
  struct vordec_error error;
  intruder->calls++;
  check_fails(vordec_decode(intruder->decoder, &io, NULL, &error), &error, VORDEC_E_BUSY, "another thread");
  for (int slot = 0; slot < 3; slot++) {
    check_fails(call_slot(intruder->rollout, slot, &error), &error, VORDEC_E_BUSY, "another thread");
  }
}

static void one_call_at_a_time(void **state) {
  struct rig *rig = *state;
  struct intruder intruder = {0};
  static const char *const slots[] = {"decode", "advance", "read"};
  rig_set(rig, "decode", "backend", "rolls");
  check_ok(vordec_runtime_create(rig->config, intrude, &intruder, &rig->runtime, &rig->error), &rig->error);
  check_ok(rig_decoder(rig, 1, &intruder.decoder), &rig->error);
  intruder.rollout = rig_make_rollout(rig, intruder.decoder);
  const struct vordec_decode_io io = {.count = 1, .rollout = intruder.rollout};
  for (int i = 0; i < 3; i++) {
    intruder.slot = slots[i];
    const enum vordec_status status = i == 0 ? vordec_decode(intruder.decoder, &io, NULL, &rig->error)
                                             : call_slot(intruder.rollout, i - 1, &rig->error);
    check_ok(status, &rig->error);
    assert_int_equal(intruder.calls, i + 1);
  }
  vordec_rollout_destroy(intruder.rollout);
  vordec_decoder_destroy(intruder.decoder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(without_evidence),   TEST(the_weakest_claim_stays),
      TEST(kinds_of_device),    TEST(entries_that_are_not_finite),
      TEST(sizes_out_of_range), TEST(entries_beyond_single_precision),
      TEST(numbers_of_steps),   TEST(what_is_lost_stays_lost),
      TEST(death_is_shared),    TEST(one_call_at_a_time),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
