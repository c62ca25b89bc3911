/* SPDX-License-Identifier: MIT */
/* What a call of a decoder refuses, and failures that stay. */
#include <stdlib.h>

#include "fields.h"
#include "runtime.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

static void calls_that_are_refused(void **state) {
  struct rig *rig = *state;
  double *z = rig_states(3);
  struct fields fields = fields_make(3);
  struct vordec_decoder *decoder = NULL;
  struct vordec_decode_report report;
  memset(&report, 0x77, sizeof report);
  const struct vordec_decode_report untouched = report;
  const struct vordec_decoder_desc desc = {.batch = 2, .outputs = VORDEC_OMEGA_LP};
  rig_set(rig, "decode", "backend", "cpu");
  rig_runtime(rig);
  check_ok(vordec_decoder_create(rig->runtime, rig->layout, &desc, &decoder, &rig->error), &rig->error);

  struct vordec_decode_io io = {.count = 0, .z = z, .omega_lp = fields.lp};
#define REFUSED(status, says) check_fails(vordec_decode(decoder, &io, &report, &rig->error), &rig->error, status, says)
  REFUSED(VORDEC_E_USAGE, "count is 0");
  io = (struct vordec_decode_io){.count = 1, .omega_lp = fields.lp};
  REFUSED(VORDEC_E_USAGE, "pass z or a rollout");
  io = (struct vordec_decode_io){.count = 1, .z = z, .mask = fields.mask};
  REFUSED(VORDEC_E_USAGE, "an output is asked for");
  io = (struct vordec_decode_io){.count = 1, .z = z, .residual = fields.hat};
  REFUSED(VORDEC_E_USAGE, "a residual is given");
  io = (struct vordec_decode_io){.count = 3, .z = z, .omega_lp = fields.lp};
  z[2 * RIG_D + 4] = NAN; /* in the second submission: found before the first is made */
  REFUSED(VORDEC_E_INPUT, "z: state 2, entry 4 (Re low) is NaN");
  for (size_t i = 0; i < 3 * RIG_CELLS; i++) check_near(fields.lp[i], 0.0, 0.0);
  z[2 * RIG_D + 4] = 0.0;
  assert_memory_equal(&report, &untouched, sizeof report);
  check_ok(vordec_decode(decoder, &io, &report, &rig->error), &rig->error); /* none of this was fatal */
  assert_string_equal(report.decode_device, "cpu");
  assert_true(report.total_ms > 0.0 && !report.device_timestamps);
  vordec_decoder_destroy(decoder);

  const struct vordec_decoder_desc bands = {.batch = 1, .outputs = VORDEC_OMEGA_HAT, .residuals = VORDEC_RESIDUAL_MID};
  check_ok(vordec_decoder_create(rig->runtime, rig->layout, &bands, &decoder, &rig->error), &rig->error);
  io = (struct vordec_decode_io){.count = 1, .z = z, .omega_hat = fields.hat, .band = {fields.lp, NULL}};
  REFUSED(VORDEC_E_USAGE, "without its energy");
  vordec_decoder_destroy(decoder);
  vordec_decoder_destroy(NULL);

  const struct vordec_decoder_desc unknown[] = {{.batch = 1, .outputs = VORDEC_MASK | 1u << 4},
                                                {.batch = 1, .outputs = VORDEC_MASK, .residuals = 1u << 4}};
  check_fails(vordec_decoder_create(rig->runtime, rig->layout, &unknown[0], &decoder, &rig->error), &rig->error,
              VORDEC_E_USAGE, "outputs has unknown bits: 0x10");
  check_fails(vordec_decoder_create(rig->runtime, rig->layout, &unknown[1], &decoder, &rig->error), &rig->error,
              VORDEC_E_USAGE, "residuals has unknown bits: 0x10");
  assert_null(decoder);
  fields_free(&fields);
  free(z);
}

/* A decode in pieces has the bits of one call, and its end in the middle leaves the decoder free. */
static void pieces(void **state) {
  struct rig *rig = *state;
  enum { COUNT = 7 };
  static const char *const backends[] = {"cpu", "ok", "streams"};
  double *z = rig_states(COUNT);
  struct fields whole = fields_make(COUNT), parts = fields_make(COUNT);
  for (size_t b = 0; b < 3; b++) {
    struct vordec_decoder *decoder = rig_decoder_on(rig, backends[b], 3);
    const struct vordec_decode_io io = fields_io(z, COUNT, &whole), in_parts = fields_io(z, COUNT, &parts);
    struct vordec_decode_report report = {0};
    size_t left = COUNT, taken = 0;
    check_ok(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error);
    check_ok(vordec_decode_begin(decoder, &in_parts, &rig->error), &rig->error);
    check_fails(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error, VORDEC_E_BUSY, "in pieces");
    check_fails(vordec_decoder_submit(decoder, &io, &rig->error), &rig->error, VORDEC_E_BUSY, "in pieces");
    check_fails(vordec_decode_begin(decoder, &io, &rig->error), &rig->error, VORDEC_E_BUSY, "in pieces");
    for (; left > 0 && taken < COUNT; taken++) {
      const size_t before = left;
      check_ok(vordec_decode_piece(decoder, &left, &report, &rig->error), &rig->error);
      assert_true(left < before);
    }
    assert_int_equal(left, 0);
    assert_int_equal(taken, 3);
    assert_true(report.total_ms > 0.0 && report.decode_device);
    assert_memory_equal(parts.lp, whole.lp, sizeof(double) * COUNT * RIG_CELLS);
    assert_memory_equal(parts.mask, whole.mask, (size_t)COUNT * RIG_CELLS);
    check_fails(vordec_decode_piece(decoder, &left, NULL, &rig->error), &rig->error, VORDEC_E_USAGE,
                "no decode in pieces is under way");
    check_ok(vordec_decode_end(decoder, &rig->error), &rig->error);

    check_ok(vordec_decode_begin(decoder, &in_parts, &rig->error), &rig->error);
    check_ok(vordec_decode_piece(decoder, &left, NULL, &rig->error), &rig->error);
    check_ok(vordec_decode_end(decoder, &rig->error), &rig->error);
    memset(parts.lp, 0, sizeof(double) * COUNT * RIG_CELLS);
    check_ok(vordec_decode(decoder, &in_parts, NULL, &rig->error), &rig->error);
    assert_memory_equal(parts.lp, whole.lp, sizeof(double) * COUNT * RIG_CELLS);

    const double kept = z[6 * RIG_D];
    z[6 * RIG_D] = NAN; /* found before the first piece */
    check_fails(vordec_decode_begin(decoder, &in_parts, &rig->error), &rig->error, VORDEC_E_INPUT, "z: state 6");
    z[6 * RIG_D] = kept;
    check_ok(vordec_decode_begin(decoder, &in_parts, &rig->error), &rig->error);
    check_ok(vordec_decode_piece(decoder, &left, NULL, &rig->error), &rig->error);
    vordec_decoder_destroy(decoder); /* ends it, too */
  }
  fields_free(&whole);
  fields_free(&parts);
  free(z);
}

/* The squares of small fields vanish, their fields do not. That is told once, and not of a field of zeros. */
static void squares_that_underflow(void **state) {
  struct rig *rig = *state;
  struct vordec_decoder *decoder = rig_decoder_on(rig, "cpu", 1);
  struct fields fields = fields_make(1);
  double *z = rig_states(1);
  const struct vordec_decode_io io = fields_io(z, 1, &fields);
  rig->log.warnings = 0;
  check_ok(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error);
  for (size_t i = 0; i < 2 * RIG_M; i++) z[i] = 0.0;
  check_ok(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error);
  assert_int_equal(rig->log.warnings, 0);
  for (int round = 0; round < 2; round++) {
    for (size_t i = 0; i < 2 * RIG_M; i++) z[i] = 1e-170 * (double)(1 + i);
    check_ok(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error);
    assert_true(fields.lp[0] != 0.0 && fields.scalars[0].enstrophy_lp == 0.0);
    assert_int_equal(rig->log.warnings, 1);
    check_line_holds(rig->log.warning, "state 0: its fields are right, but their squares underflow fp64");
  }
  vordec_decoder_destroy(decoder);
  fields_free(&fields);
  free(z);
}

static void masks_that_do_not_fit_the_grid(void **state) {
  struct rig *rig = *state;
  struct vordec_decoder *decoder = NULL;
  rig_set(rig, "mask", "smooth_width", "9");
  check_fails(rig_decoder(rig, 1, &decoder), &rig->error, VORDEC_E_CONFIG,
              "test: [mask] smooth_width = 9 is wider than the grid (N = 8)");
  assert_null(decoder);
  rig_set(rig, "mask", "smooth_width", "4");
  rig_set(rig, "mask", "smooth_kernel", "triangle");
  rig_runtime(rig);
  check_fails(rig_decoder(rig, 1, &decoder), &rig->error, VORDEC_E_CONFIG,
              "test: [mask] smooth_width = 4 is even; the triangle needs an odd width");
  rig_set(rig, "mask", "smooth_kernel", "box");
  rig_runtime(rig);
  check_ok(rig_decoder(rig, 1, &decoder), &rig->error);
  vordec_decoder_destroy(decoder);
}

/* After the device is lost, every call says so, and the plugin is left alone; a new decoder may work. */
static void failure_is_sticky(void **state) {
  struct rig *rig = *state;
  static const struct {
    const char *fails;
    enum vordec_status status;
    bool sticky;
  } rows[] = {{"decode 8 0", VORDEC_E_DEVICE_LOST, true},
              {"decode 9 0", VORDEC_E_TIMEOUT, true},
              {"decode 11 0", VORDEC_E_FAILED, false},
              {"decode 7 18", VORDEC_E_NO_MEMORY, false}};
  double *z = rig_states(1);
  struct fields fields = fields_make(1);
  const struct vordec_decode_io io = fields_io(z, 1, &fields);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct vordec_decoder *decoder = rig_decoder_on(rig, "ok", 1);
    check_ok(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error);
    setenv("VORDEC_STUB_FAIL", rows[i].fails, 1);
    const enum vordec_status status = vordec_decode(decoder, &io, NULL, &rig->error);
    unsetenv("VORDEC_STUB_FAIL");
    assert_int_equal(status, rows[i].status);
    rig->log.decode = 0;
    for (int again = 0; again < 3; again++) {
      const enum vordec_status later = vordec_decode(decoder, &io, NULL, &rig->error);
      assert_int_equal(later, rows[i].sticky ? rows[i].status : VORDEC_OK);
      if (rows[i].sticky) check_line_holds(rig->error.message, "make a new decoder");
    }
    assert_int_equal(rig->log.decode, rows[i].sticky ? 0 : 3);
    struct vordec_decoder *fresh = NULL;
    check_ok(rig_decoder(rig, 1, &fresh), &rig->error);
    check_ok(vordec_decode(fresh, &io, NULL, &rig->error), &rig->error);
    vordec_decoder_destroy(fresh);
    vordec_decoder_destroy(decoder);
  }
  fields_free(&fields);
  free(z);
}

/* One submission without proof, and nothing is claimed of the call and of what comes after it. */
static void the_weakest_claim_stays(void **state) {
  struct rig *rig = *state;
  enum { DOUBTED = 1, FINE = 0 };
  static const int calls[][2] = {{FINE, FINE}, {DOUBTED, FINE}, {FINE, FINE}};
  static const char *const expected[] = {"gpu", "unknown", "unknown"};
  double *z = rig_states(2);
  struct fields fields = fields_make(2);
  struct vordec_decode_report report;
  const struct vordec_decode_io io = fields_io(z, 2, &fields);
  rig_set(rig, "decode", "policy", "permissive");
  struct vordec_decoder *decoder = rig_decoder_on(rig, "doubtful", 1);
  for (size_t i = 0; i < 3; i++) {
    for (size_t j = 0; j < 2; j++) z[j * RIG_D] = calls[i][j];
    check_ok(vordec_decode(decoder, &io, &report, &rig->error), &rig->error);
    assert_string_equal(report.decode_device, expected[i]);
  }
  assert_int_equal(rig->log.warnings, 1);
  vordec_decoder_destroy(decoder);
  fields_free(&fields);
  free(z);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(calls_that_are_refused), TEST(pieces),
      TEST(squares_that_underflow), TEST(masks_that_do_not_fit_the_grid),
      TEST(failure_is_sticky),      TEST(the_weakest_claim_stays),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
