/* SPDX-License-Identifier: MIT */
/* Gradients through the library, on stubs that pose as cards: what is asked for, and what is believed. */
#include "rig.h"

#include <math.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static struct vordec_adjoint *make_well(struct rig *rig, struct vordec_decoder *decoder) {
  struct vordec_adjoint *adjoint;
  check_ok(vordec_adjoint_create(decoder, &adjoint, &rig->error), &rig->error);
  return adjoint;
}

/* Cotangents of 1 everywhere, in a card's precision. */
static enum vordec_status run_some(struct rig *rig, struct vordec_adjoint *adjoint, double *z_gradient, size_t count,
                                   struct vordec_adjoint_report *report) {
  double *z = rig_states(count);
  float *ones = malloc(count * RIG_CELLS * sizeof *ones);
  assert_non_null(ones);
  for (size_t i = 0; i < count * RIG_CELLS; i++) ones[i] = 1.0f + (float)(i / RIG_CELLS);
  const struct vordec_adjoint_io io = {
      .count = count, .z = z, .omega_lp = ones, .omega_hat = ones, .z_gradient = z_gradient};
  const enum vordec_status status = vordec_adjoint_run(adjoint, &io, report, &rig->error);
  free(ones);
  free(z);
  return status;
}

static void a_card_transposes(void **state) {
  struct rig *rig = *state;
  enum { COUNT = 5 };
  double z[COUNT * RIG_D];
  struct vordec_adjoint_report report;
  struct vordec_adjoint_info info;
  rig_set(rig, "decode", "backend", "transposes");
  struct vordec_decoder *decoder;
  check_ok(rig_decoder(rig, 2, &decoder), &rig->error);
  struct vordec_adjoint *adjoint = make_well(rig, decoder);
  vordec_adjoint_get(adjoint, &info);
  assert_string_equal(info.backend_used, "transposes");
  assert_int_equal(info.precision, VORDEC_FP32);
  assert_int_equal(info.batch, 2);
  assert_null(info.adjoint_device);
  vordec_decoder_destroy(decoder); /* which the adjoint does without */
  check_ok(run_some(rig, adjoint, z, COUNT, &report), &rig->error);
  for (size_t i = 0; i < COUNT; i++) assert_true(z[i * RIG_D] == 2.0 * RIG_CELLS * (double)(1 + i));
  assert_string_equal(report.adjoint_device, "gpu");
  assert_true(report.device_timestamps && report.device_ms > 0.0 && report.device_ms <= report.total_ms);
  vordec_adjoint_destroy(adjoint);
  vordec_adjoint_destroy(NULL);
  assert_int_equal(rig->log.warnings, 0);
}

static void backends_without(void **state) {
  struct rig *rig = *state;
  static const struct {
    const char *backend, *says;
    enum vordec_status status;
  } rows[] = {{"ok", "backend 'ok' cannot compute gradients: it has no vordec.adjoint/1", VORDEC_E_UNSUPPORTED},
              {"transposes_short", "it has no vordec.adjoint/1", VORDEC_E_UNSUPPORTED},
              {"transposes_null_slot", "it has no vordec.adjoint/1", VORDEC_E_UNSUPPORTED},
              {"transposes_nothing", "made no adjoint and gave no reason", VORDEC_E_UNSUPPORTED},
              {"transposes_late", "its adjoint claims a warm-up of 1e+09 ms", VORDEC_E_UNSUPPORTED}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct vordec_adjoint *adjoint;
    struct vordec_decoder *decoder = rig_make_decoder(rig, rows[i].backend, "auto");
    check_fails(vordec_adjoint_create(decoder, &adjoint, &rig->error), &rig->error, rows[i].status, rows[i].says);
    assert_null(adjoint);
    vordec_decoder_destroy(decoder);
  }
}

static void evidence_is_judged(void **state) {
  struct rig *rig = *state;
  static const struct {
    const char *backend, *says;
  } rows[] = {{"transposes_no_dispatch", "no dispatch was recorded"},
              {"transposes_elsewhere", "it worked on a device of type integrated"},
              {"transposes_too_long", "its work took 1e+09 ms in all"}};
  double z[RIG_D];
  for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
    struct vordec_adjoint_report report;
    const bool strict = i % 2 == 0;
    rig_set(rig, "decode", "policy", strict ? "strict" : "permissive");
    struct vordec_decoder *decoder = rig_make_decoder(rig, rows[i / 2].backend, "auto");
    struct vordec_adjoint *adjoint = make_well(rig, decoder);
    if (strict) {
      check_fails(run_some(rig, adjoint, z, 1, NULL), &rig->error, VORDEC_E_REFUSED, rows[i / 2].says);
      assert_int_equal(rig->error.reason, VORDEC_REASON_EVIDENCE);
      check_line_holds(rig->error.message, "does not show what did the gradients");
    } else {
      check_ok(run_some(rig, adjoint, z, 1, &report), &rig->error);
      assert_string_equal(report.adjoint_device, "unknown");
      assert_int_equal(isnan(report.device_ms), i / 2 == 2);
      check_line_holds(rig->log.warning, "EVIDENCE_MISSING: ");
    }
    vordec_adjoint_destroy(adjoint);
    vordec_decoder_destroy(decoder);
  }
}

/* Everything that is wrong with a call. */
static void calls_are_checked(void **state) {
  struct rig *rig = *state;
  static double z[RIG_D], bad_k[RIG_D], gradient[RIG_D];
  static float field[RIG_CELLS], residual[RIG_CELLS];
  static int8_t mask[RIG_CELLS], bad_mask[RIG_CELLS];
  bad_k[2 * RIG_M + 3] = NAN;
  bad_mask[2 * RIG_N + 5] = 2;
  const struct {
    struct vordec_adjoint_io io;
    const char *says;
    enum vordec_status status;
  } rows[] = {
      {{.count = 0, .z = z, .omega_lp = field, .z_gradient = gradient}, "count is 0; give", VORDEC_E_USAGE},
      {{.count = 1, .omega_lp = field, .z_gradient = gradient},
       "the states that were decoded are missing",
       VORDEC_E_USAGE},
      {{.count = 1, .z = z, .omega_lp = field}, "ask for the gradient by z, by the residual, or both", VORDEC_E_USAGE},
      {{.count = 1, .z = z, .z_gradient = gradient}, "give a cotangent of at least one output", VORDEC_E_USAGE},
      {{.count = 1, .z = z, .omega_hat = field, .residual = residual}, "needs the mask", VORDEC_E_USAGE},
      {{.count = 1, .z = z, .omega_lp = field, .mask = mask, .residual = residual},
       "needs a cotangent of omega_hat",
       VORDEC_E_USAGE},
      {{.count = 1, .z = z, .omega_hat = field, .mask = bad_mask, .residual = residual},
       "state 0: the mask is 2 at row 2, column 5",
       VORDEC_E_INPUT},
      {{.count = 1, .z = bad_k, .omega_lp = field, .z_gradient = gradient},
       "K (entry 13) is not finite",
       VORDEC_E_INPUT},
      {{.count = 1, .z = z, .omega_hat = field, .mask = mask, .z_gradient = gradient, .residual = residual},
       NULL,
       VORDEC_OK}};
  struct vordec_decoder *decoder = rig_make_decoder(rig, "transposes", "auto");
  struct vordec_adjoint *adjoint = make_well(rig, decoder);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const enum vordec_status status = vordec_adjoint_run(adjoint, &rows[i].io, NULL, &rig->error);
    if (rows[i].says)
      check_fails(status, &rig->error, rows[i].status, rows[i].says);
    else
      check_ok(status, &rig->error);
  }
  vordec_adjoint_destroy(adjoint);
  vordec_decoder_destroy(decoder);
}

/* A decoder that makes other fields, or takes no residual. */
static void decoders_are_looked_at(void **state) {
  struct rig *rig = *state;
  static double z[RIG_D], gradient[RIG_D];
  static float field[RIG_CELLS];
  static int8_t mask[RIG_CELLS];
  struct vordec_decoder *decoder;
  struct vordec_adjoint *adjoint;
  rig_set(rig, "decode", "backend", "transposes");
  rig_runtime(rig);
  struct vordec_decoder_desc desc = {.batch = 1, .outputs = VORDEC_MASK};
  check_ok(vordec_decoder_create(rig->runtime, rig->layout, &desc, &decoder, &rig->error), &rig->error);
  check_fails(vordec_adjoint_create(decoder, &adjoint, &rig->error), &rig->error, VORDEC_E_USAGE,
              "computes neither omega_lp nor omega_hat");
  vordec_decoder_destroy(decoder);
  desc.outputs = VORDEC_OMEGA_HAT;
  check_ok(vordec_decoder_create(rig->runtime, rig->layout, &desc, &decoder, &rig->error), &rig->error);
  adjoint = make_well(rig, decoder);
  struct vordec_adjoint_io io = {.count = 1, .z = z, .omega_lp = field, .z_gradient = gradient};
  check_fails(vordec_adjoint_run(adjoint, &io, NULL, &rig->error), &rig->error, VORDEC_E_USAGE,
              "a cotangent of omega_lp, which the decoder does not compute");
  io = (struct vordec_adjoint_io){.count = 1, .z = z, .omega_hat = field, .mask = mask, .residual = field};
  check_fails(vordec_adjoint_run(adjoint, &io, NULL, &rig->error), &rig->error, VORDEC_E_USAGE,
              "but the decoder takes no residual");
  vordec_adjoint_destroy(adjoint);
  vordec_decoder_destroy(decoder);
}

/* What a slot says is what the caller hears, and nothing is left. */
static void failures_are_told(void **state) {
  struct rig *rig = *state;
  double z[RIG_D];
  struct vordec_adjoint *adjoint;
  struct vordec_decoder *decoder = rig_make_decoder(rig, "transposes", "auto");
  setenv("VORDEC_STUB_FAIL", "adjoint_create 6 0", 1);
  assert_int_not_equal(vordec_adjoint_create(decoder, &adjoint, &rig->error), VORDEC_OK);
  assert_null(adjoint);
  unsetenv("VORDEC_STUB_FAIL");
  adjoint = make_well(rig, decoder);
  setenv("VORDEC_STUB_FAIL", "adjoint 6 0", 1);
  assert_int_not_equal(run_some(rig, adjoint, z, 1, NULL), VORDEC_OK);
  unsetenv("VORDEC_STUB_FAIL");
  vordec_adjoint_destroy(adjoint);
  vordec_decoder_destroy(decoder);
}

/* A card's is of no use in the child of a fork, and ending it there does nothing. */
static void of_another_process(void **state) {
  struct rig *rig = *state;
  double z[RIG_D];
  struct vordec_decoder *decoder = rig_make_decoder(rig, "transposes", "auto");
  struct vordec_adjoint *adjoint = make_well(rig, decoder), *another;
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    bool fine = run_some(rig, adjoint, z, 1, NULL) == VORDEC_E_USAGE;
    fine = fine && rig->error.reason == VORDEC_REASON_OTHER_PROCESS;
    fine = fine && vordec_adjoint_create(decoder, &another, &rig->error) == VORDEC_E_USAGE;
    vordec_adjoint_destroy(adjoint);
    _exit(fine ? 0 : 1);
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  check_ok(run_some(rig, adjoint, z, 1, NULL), &rig->error);
  vordec_adjoint_destroy(adjoint);
  vordec_decoder_destroy(decoder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_card_transposes, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(backends_without, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(evidence_is_judged, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(calls_are_checked, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(decoders_are_looked_at, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(failures_are_told, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(of_another_process, rig_setup, rig_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
