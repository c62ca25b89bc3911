/* SPDX-License-Identifier: MIT */
/* States that advance: what the steps compute, where they live, and who else takes them. */
#include "rig.h"

#include <stdlib.h>

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
#define SMALL 6

/* One step in plain C; `single`: rounded to float after every operation. */
static void plain_step(const double *a, double *z, size_t d, bool single) {
  double next[RIG_D] = {0};
  for (size_t j = 0; j < d; j++) {
    volatile double sum = 0.0;
    volatile float sum_f = 0.0f;
    for (size_t i = 0; i < d; i++) {
      volatile double product = z[i] * a[i * d + j];
      volatile float product_f = (float)z[i] * (float)a[i * d + j];
      sum = sum + product;
      sum_f = sum_f + product_f;
    }
    next[j] = single ? (double)sum_f : sum;
  }
  memcpy(z, next, d * sizeof *z);
}

static void check_used(const struct vordec_rollout *rollout, const char *requested, const char *used,
                       enum vordec_precision precision) {
  struct vordec_rollout_info info;
  vordec_rollout_get(rollout, &info);
  assert_string_equal(info.backend_requested, requested);
  assert_string_equal(info.backend_used, used);
  assert_int_equal(info.precision, precision);
}

/* ---- what the steps compute ---------------------------------------------------------------------------------------
 */

static void steps_are_plain_sums(void **state) {
  struct rig *rig = *state;
  static const char *const backends[] = {"cpu", "rolls"};
  static const size_t strides[] = {1, 1, 3, 16, 79};
  rig_set(rig, "op", "deterministic", "true");
  for (int i = 0; i < 4; i++) {
    const char *backend = backends[i / 2];
    const bool single = i % 2;
    double *a = rig_operator(SMALL), *z0 = rig_states(1), expected[SMALL], z[SMALL];
    struct vordec_rollout *rollout = NULL;
    struct vordec_rollout_report report;
    rig_set(rig, "op", "backend", backend);
    rig_set(rig, "op", "dtype", single ? "float32" : "float64");
    rig_runtime(rig);
    const struct vordec_rollout_desc desc = {.d = SMALL, .a = a, .z0 = z0};
    check_ok(vordec_rollout_create(rig->runtime, NULL, &desc, &rollout, &rig->error), &rig->error);
    check_used(rollout, backend, backend, single ? VORDEC_FP32 : VORDEC_FP64);
    for (size_t j = 0; j < SMALL; j++) expected[j] = single ? (double)(float)z0[j] : z0[j];
    check_ok(vordec_rollout_read(rollout, z, &rig->error), &rig->error);
    assert_memory_equal(z, expected, sizeof z);
    free(z0); /* both were copied */
    double *kept = rig_operator(SMALL);
    memset(a, 0, SMALL * SMALL * sizeof *a);
    for (size_t s = 0; s < sizeof strides / sizeof *strides; s++) {
      check_ok(vordec_rollout_advance(rollout, strides[s], &report, &rig->error), &rig->error);
      assert_string_equal(report.op_device, backend[0] == 'c' ? "cpu" : "gpu");
      assert_true(report.device_ms > 0.0 && report.device_ms <= report.total_ms);
      for (size_t j = 0; j < strides[s]; j++) plain_step(kept, expected, SMALL, single);
      check_ok(vordec_rollout_read(rollout, z, &rig->error), &rig->error);
      assert_memory_equal(z, expected, sizeof z);
    }
    free(kept);
    free(a);
    vordec_rollout_destroy(rollout);
  }
}

static void the_hash_is_of_the_state(void **state) {
  struct rig *rig = *state;
  static const char *const backends[] = {"cpu", "rolls"};
  for (size_t i = 0; i < 2; i++) {
    double z[RIG_D];
    char digest[33], expected[33], earlier[33];
    struct vordec_rollout *rollout = rig_rollout_alone(rig, backends[i]);
    check_ok(vordec_rollout_hash(rollout, earlier, &rig->error), &rig->error);
    check_ok(vordec_rollout_advance(rollout, 5, NULL, NULL), &rig->error);
    check_ok(vordec_rollout_hash(rollout, digest, &rig->error), &rig->error);
    check_ok(vordec_rollout_read(rollout, z, &rig->error), &rig->error);
    vordec_hash(z, sizeof z, expected);
    assert_string_equal(digest, expected);
    assert_string_not_equal(digest, earlier);
    vordec_rollout_destroy(rollout);
  }
}

static void precision_of_auto(void **state) {
  struct rig *rig = *state;
  static const struct {
    const char *backend, *dtype;
    enum vordec_precision precision;
  } rows[] = {{"cpu", "auto", VORDEC_FP64},   {"cpu", "float32", VORDEC_FP32},   {"cpu", "float64", VORDEC_FP64},
              {"rolls", "auto", VORDEC_FP32}, {"rolls", "float32", VORDEC_FP32}, {"rolls", "float64", VORDEC_FP64}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    rig_set(rig, "op", "dtype", rows[i].dtype);
    rig_set(rig, "op", "deterministic", i % 2 ? "true" : "false");
    struct vordec_rollout *rollout = rig_rollout_alone(rig, rows[i].backend);
    struct vordec_rollout_info info;
    check_used(rollout, rows[i].backend, rows[i].backend, rows[i].precision);
    vordec_rollout_get(rollout, &info);
    assert_int_equal(info.deterministic, i % 2);
    assert_int_equal(info.device.type, i < 3 ? VORDEC_DEVICE_HOST : VORDEC_DEVICE_DISCRETE);
    vordec_rollout_destroy(rollout);
  }
}

/* ---- where the state lives ----------------------------------------------------------------------------------------
 */

/* What a decode in place gives is what a decode of the state's copy gives. */
static void check_in_place(struct rig *rig, struct vordec_rollout *rollout, struct vordec_decoder *decoder) {
  double z[RIG_D], in_place[RIG_CELLS] = {0}, uploaded[RIG_CELLS] = {0}, before[RIG_CELLS] = {0};
  struct vordec_decoder_info info;
  vordec_decoder_get(decoder, &info);
  const size_t bytes = RIG_CELLS * (info.precision == VORDEC_FP64 ? sizeof(double) : sizeof(float));
  struct vordec_decode_io io = {.count = 1, .rollout = rollout, .omega_lp = before};
  check_ok(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error);
  check_ok(vordec_rollout_advance(rollout, 3, NULL, &rig->error), &rig->error);
  io.omega_lp = in_place;
  check_ok(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error);
  check_ok(vordec_rollout_read(rollout, z, &rig->error), &rig->error);
  io = (struct vordec_decode_io){.count = 1, .z = z, .omega_lp = uploaded};
  check_ok(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error);
  assert_memory_equal(in_place, uploaded, bytes);
  assert_memory_not_equal(in_place, before, bytes);
}

static void sharing_the_device(void **state) {
  struct rig *rig = *state;
  static const char *const rows[][2] = {{"rolls", "auto"}, {"rolls", "rolls"}, {"cpu", "auto"}, {"cpu", "cpu"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const bool cpu = strcmp(rows[i][0], "cpu") == 0;
    struct vordec_decoder *decoder = rig_make_decoder(rig, rows[i][0], rows[i][1]);
    struct vordec_rollout *rollout = rig_make_rollout(rig, decoder);
    check_used(rollout, rows[i][1], rows[i][0], cpu ? VORDEC_FP64 : VORDEC_FP32);
    assert_true(vordec_rollout_feeds(rollout, decoder));
    assert_false(vordec_rollout_feeds(rollout, NULL));
    assert_int_equal(rig->log.open, cpu ? 0 : 1);
    check_in_place(rig, rollout, decoder);
    vordec_decoder_destroy(decoder); /* the session stays as long as the rollout needs it */
    assert_int_equal(rig->log.close, 0);
    check_ok(vordec_rollout_advance(rollout, 1, NULL, &rig->error), &rig->error);
    vordec_rollout_destroy(rollout);
    assert_int_equal(rig->log.close, cpu ? 0 : 1);
    assert_int_equal(rig->log.rollout_destroy, cpu ? 0 : 1);
  }
  vordec_rollout_destroy(NULL);
}

static void the_rollout_goes_first(void **state) {
  struct rig *rig = *state;
  struct vordec_decoder *decoder = rig_make_decoder(rig, "rolls", "auto");
  double *z = rig_states(1);
  const struct vordec_decode_io io = {.count = 1, .z = z};
  vordec_rollout_destroy(rig_make_rollout(rig, decoder));
  assert_int_equal(rig->log.close, 0);
  check_ok(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error);
  vordec_decoder_destroy(decoder);
  assert_int_equal(rig->log.close, 1);
  free(z);
}

/* Another precision than the decoder's, on a device; the host converts. */
static void precisions_that_differ(void **state) {
  struct rig *rig = *state;
  rig_set(rig, "op", "dtype", "float64");
  rig_set(rig, "decode", "precision", "fp32");
  struct vordec_decoder *decoder = rig_make_decoder(rig, "rolls", "auto");
  struct vordec_rollout *rollout = rig_make_rollout(rig, decoder);
  const struct vordec_decode_io io = {.count = 1, .rollout = rollout};
  assert_false(vordec_rollout_feeds(rollout, decoder));
  check_fails(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error, VORDEC_E_USAGE, "in another precision");
  vordec_rollout_destroy(rollout);
  vordec_decoder_destroy(decoder);
  rig_set(rig, "op", "dtype", "float32");
  rig_set(rig, "decode", "precision", "fp64");
  decoder = rig_make_decoder(rig, "cpu", "auto");
  rollout = rig_make_rollout(rig, decoder);
  check_used(rollout, "auto", "cpu", VORDEC_FP32);
  assert_true(vordec_rollout_feeds(rollout, decoder));
  check_in_place(rig, rollout, decoder);
  vordec_rollout_destroy(rollout);
  vordec_decoder_destroy(decoder);
}

/* On another backend, or without a decoder: a session of its own. */
static void a_session_of_its_own(void **state) {
  struct rig *rig = *state;
  double *z = rig_states(1);
  struct vordec_decoder *decoder = rig_make_decoder(rig, "cpu", "rolls");
  struct vordec_rollout *rollout = rig_make_rollout(rig, decoder);
  struct vordec_decode_io io = {.count = 1, .rollout = rollout};
  check_used(rollout, "rolls", "rolls", VORDEC_FP32);
  assert_int_equal(rig->log.open, 1);
  assert_int_equal(rig->log.plan_create, 0);
  assert_false(vordec_rollout_feeds(rollout, decoder));
  check_fails(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error, VORDEC_E_USAGE, "on another device");
  io.z = z;
  check_fails(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error, VORDEC_E_USAGE,
              "z and a rollout are both given");
  io = (struct vordec_decode_io){.count = 2, .rollout = rollout};
  check_fails(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error, VORDEC_E_USAGE, "count is 2");
  vordec_rollout_destroy(rollout);
  assert_int_equal(rig->log.close, 1);
  vordec_decoder_destroy(decoder);
  rollout = rig_rollout_alone(rig, "auto");
  check_used(rollout, "auto", "cpu", VORDEC_FP64);
  assert_int_equal(rig->log.probe, 0); /* auto without a decoder looks at cpu alone */
  vordec_rollout_destroy(rollout);
  free(z);
}

static void states_of_another_size(void **state) {
  struct rig *rig = *state;
  struct vordec_decoder *decoder = rig_make_decoder(rig, "cpu", "auto");
  double *a = rig_operator(SMALL), *z = rig_states(1);
  const struct vordec_rollout_desc desc = {.d = SMALL, .a = a, .z0 = z};
  struct vordec_rollout *rollout = NULL;
  check_ok(vordec_rollout_create(rig->runtime, decoder, &desc, &rollout, &rig->error), &rig->error);
  const struct vordec_decode_io io = {.count = 1, .rollout = rollout};
  check_fails(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error, VORDEC_E_INPUT, "have D = 6");
  vordec_rollout_destroy(rollout);
  vordec_decoder_destroy(decoder);
  free(a);
  free(z);
}

/* ---- a backend that has none --------------------------------------------------------------------------------------
 */

static void auto_falls_to_cpu(void **state) {
  struct rig *rig = *state;
  static const struct {
    const char *backend, *fails;
  } rows[] = {{"ok", ""},
              {"rolls_short", ""},
              {"rolls_older", ""},
              {"rolls", "rollout_create 6 14"},  /* unsupported: no fp64 */
              {"rolls", "rollout_create 7 18"}}; /* no memory */
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct vordec_decoder *decoder = rig_make_decoder(rig, rows[i].backend, "auto");
    setenv("VORDEC_STUB_FAIL", rows[i].fails, 1);
    struct vordec_rollout *rollout = rig_make_rollout(rig, decoder);
    unsetenv("VORDEC_STUB_FAIL");
    check_used(rollout, "auto", "cpu", VORDEC_FP64);
    assert_false(vordec_rollout_feeds(rollout, decoder));
    assert_int_equal(rig->log.warnings, 0);
    check_ok(vordec_rollout_advance(rollout, 1, NULL, &rig->error), &rig->error);
    vordec_rollout_destroy(rollout);
    vordec_decoder_destroy(decoder);
  }
}

/* Failing is not the same as being unable: nothing moves then, whatever the policy. */
static void failures_do_not_move(void **state) {
  struct rig *rig = *state;
  static const char *const policies[] = {"strict", "permissive"};
  static const struct {
    const char *fails;
    enum vordec_status status;
  } failures[] = {{"rollout_create 8 0", VORDEC_E_DEVICE_LOST}, {"rollout_create 7 21", VORDEC_E_NO_MEMORY}};
  for (size_t i = 0; i < 8; i++) {
    struct vordec_rollout *rollout = NULL;
    rig_set(rig, "decode", "policy", policies[i % 2]);
    struct vordec_decoder *decoder = rig_make_decoder(rig, "rolls", i / 2 % 2 ? "rolls" : "auto");
    setenv("VORDEC_STUB_FAIL", failures[i / 4].fails, 1);
    const enum vordec_status status = rig_rollout(rig, decoder, &rollout);
    unsetenv("VORDEC_STUB_FAIL");
    assert_int_equal(status, failures[i / 4].status);
    check_line_holds(rig->error.message, "the stub's rollout_create fails");
    assert_null(rollout);
    vordec_decoder_destroy(decoder);
  }
}

static void a_named_backend_without(void **state) {
  struct rig *rig = *state;
  static const struct {
    const char *op, *fails;
    enum vordec_reason reason;
    const char *says;
  } rows[] = {
      {"ok", "", VORDEC_REASON_NO_INTERFACE, "op backend 'ok' refused (no-interface): it has no rollout"},
      {"rolls_short", "", VORDEC_REASON_NO_INTERFACE, "no-interface"},
      {"rolls_older", "", VORDEC_REASON_NO_INTERFACE, "no-interface"},
      {"rolls", "rollout_create 6 14", VORDEC_REASON_NO_FP64, "(no-fp64): the stub's rollout_create fails"},
      {"rolls_software", "", VORDEC_REASON_SOFTWARE_DEVICE, "op backend 'rolls_software' refused (software-device)"},
      {"missing", "", VORDEC_REASON_PLUGIN_NOT_FOUND, "no decode_missing.so in " STUB_FOLDER},
  };
  for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
    const bool shared = i % 2 && i / 2 < 4; /* as the decoder's backend, where it can decode */
    const char *op = rows[i / 2].op;
    struct vordec_rollout *rollout = NULL;
    struct vordec_decoder *decoder = NULL;
    for (int permissive = 0; permissive < 2; permissive++) {
      rig_set(rig, "decode", "policy", permissive ? "permissive" : "strict");
      rig_set(rig, "op", "backend", op);
      rig_runtime(rig);
      if (shared) decoder = rig_make_decoder(rig, op, op);
      memset(&rig->log, 0, sizeof rig->log);
      setenv("VORDEC_STUB_FAIL", rows[i / 2].fails, 1);
      const enum vordec_status status = rig_rollout(rig, decoder, &rollout);
      unsetenv("VORDEC_STUB_FAIL");
      if (permissive) {
        check_ok(status, &rig->error);
        check_used(rollout, op, "cpu", VORDEC_FP64);
        assert_int_equal(rig->log.warnings, 1);
        check_line_holds(rig->log.warning, "GPU_ROLLOUT_FALLBACK_CPU: ");
        check_line_holds(rig->log.warning, vordec_reason_name(rows[i / 2].reason));
      } else {
        check_fails(status, &rig->error, VORDEC_E_REFUSED, rows[i / 2].says);
        check_line_holds(rig->error.message, "--permissive");
        assert_int_equal(rig->error.reason, rows[i / 2].reason);
        assert_null(rollout);
      }
      vordec_rollout_destroy(rollout);
      rollout = NULL;
      vordec_decoder_destroy(decoder);
      decoder = NULL;
    }
  }
}

/* Tables and answers that no good plugin gives. */
static void interfaces_with_holes(void **state) {
  struct rig *rig = *state;
  static const char *const backends[] = {"rolls_null_slot", "rolls_no_state"};
  for (size_t i = 0; i < 2; i++) {
    struct vordec_rollout *rollout = NULL;
    rig_set(rig, "op", "backend", backends[i]);
    rig_runtime(rig);
    check_fails(rig_rollout(rig, NULL, &rollout), &rig->error, VORDEC_E_REFUSED, backends[i]);
    assert_null(rollout);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(steps_are_plain_sums), TEST(the_hash_is_of_the_state), TEST(precision_of_auto),
      TEST(sharing_the_device),   TEST(the_rollout_goes_first),   TEST(precisions_that_differ),
      TEST(a_session_of_its_own), TEST(states_of_another_size),   TEST(auto_falls_to_cpu),
      TEST(failures_do_not_move), TEST(a_named_backend_without),  TEST(interfaces_with_holes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
