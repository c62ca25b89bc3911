/* SPDX-License-Identifier: MIT */
/* Encoders through the library, on stubs that pose as cards: who encodes, what is told of it, and what is believed. */
#include "rig.h"

#include <math.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* 5 low modes, 8 mid ones and 51 beyond. */
static const struct vordec_encoder_desc small = {.n = RIG_N, .k_cut = 1, .resid_mid_cut = 2, .topk_mid = 2};

#define D (2 * RIG_M + 4 + 2 * 2)

static enum vordec_status make(struct rig *rig, struct vordec_decoder *decoder, const char *backend,
                               struct vordec_encoder **encoder) {
  rig_set(rig, "encode", "backend", backend);
  if (!decoder) rig_runtime(rig);
  rig->log = (struct rig_log){0};
  return vordec_encoder_create(rig->runtime, decoder, NULL, &small, encoder, &rig->error);
}

static struct vordec_encoder *make_well(struct rig *rig, struct vordec_decoder *decoder, const char *backend) {
  struct vordec_encoder *encoder;
  check_ok(make(rig, decoder, backend, &encoder), &rig->error);
  return encoder;
}

static struct vordec_encoder_info info_of(const struct vordec_encoder *encoder) {
  struct vordec_encoder_info info;
  vordec_encoder_get(encoder, &info);
  return info;
}

static enum vordec_status encode_some(struct rig *rig, struct vordec_encoder *encoder, double *z,
                                      struct vordec_encode_report *report) {
  double omega[RIG_CELLS];
  for (size_t i = 0; i < RIG_CELLS; i++) omega[i] = 1.0 + (double)i;
  const struct vordec_encode_io io = {.count = 1, .omega = omega, .z = z};
  return vordec_encode(encoder, &io, report, &rig->error);
}

static void a_card_encodes(void **state) {
  struct rig *rig = *state;
  double z[D];
  struct vordec_encode_report report;
  struct vordec_encoder *encoder = make_well(rig, NULL, "encodes");
  assert_string_equal(info_of(encoder).backend_used, "encodes");
  assert_string_equal(info_of(encoder).reason, "");
  assert_int_equal(info_of(encoder).precision, VORDEC_FP32);
  assert_null(info_of(encoder).encode_device);
  assert_null(info_of(encoder).anchor_idx);
  assert_int_equal(info_of(encoder).d, D);
  check_ok(encode_some(rig, encoder, z, &report), &rig->error);
  assert_true(z[0] == 32.5 && z[2 * RIG_M] == 0.5 && z[2 * RIG_M + 2] == 0.25 / 51 && z[2 * RIG_M + 3] == 2);
  assert_string_equal(report.encode_device, "gpu");
  assert_true(report.device_timestamps && !report.in_place);
  assert_true(report.device_ms > 0.0 && report.device_ms <= report.total_ms);
  assert_int_equal(info_of(encoder).anchor_idx[0], 2); /* of equal ones the lowest */
  double omega[RIG_CELLS] = {0};
  omega[9] = 1e39;
  const struct vordec_encode_io io = {.count = 1, .omega = omega, .z = z};
  check_fails(vordec_encode(encoder, &io, NULL, &rig->error), &rig->error, VORDEC_E_INPUT,
              "vorticity: beyond fp32 at row 1, column 1");
  vordec_encoder_destroy(encoder);
  assert_int_equal(rig->log.warnings, 0);
}

/* auto: the decoder's backend, or the one that [decode] asks for; else cpu, which is a choice and no downgrade. */
static void auto_follows_the_decode(void **state) {
  struct rig *rig = *state;
  static const struct {
    const char *decode, *used, *reason;
  } rows[] = {{"encodes", "encodes", "auto: the simulation's or the decode's backend if it can, else cpu"},
              {"ok", "cpu", "it has no encoder"},
              {"encodes_short", "cpu", "it has no encoder"},
              {"encodes_null_slot", "cpu", "it has no encoder"},
              {"encodes_nothing", "cpu", "made no encoder and gave no reason"},
              {"cpu", "cpu", "auto: the simulation's or the decode's backend if it can, else cpu"}};
  for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
    struct vordec_decoder *decoder = NULL;
    rig_set(rig, "decode", "backend", rows[i / 2].decode);
    if (i % 2) decoder = rig_make_decoder(rig, rows[i / 2].decode, "auto");
    struct vordec_encoder *encoder = make_well(rig, decoder, "auto");
    assert_string_equal(info_of(encoder).backend_used, rows[i / 2].used);
    check_line_holds(info_of(encoder).reason, rows[i / 2].reason);
    if (decoder && strcmp(rows[i / 2].used, "encodes") == 0) assert_int_equal(rig->log.open, 0); /* one session */
    assert_int_equal(rig->log.warnings, 0);
    vordec_decoder_destroy(decoder);
    vordec_encoder_destroy(encoder);
  }
}

static void a_named_backend_without(void **state) {
  struct rig *rig = *state;
  static const struct {
    const char *backend, *says;
  } rows[] = {{"ok", "encode backend 'ok' refused (no-interface): it has no encoder"},
              {"encodes_nothing", "(plugin-abi)"},
              {"encodes_late", "its encoder claims a warm-up of 1e+09 ms"},
              {"missing", "(plugin-not-found)"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct vordec_encoder *encoder;
    rig_set(rig, "decode", "policy", "strict");
    check_fails(make(rig, NULL, rows[i].backend, &encoder), &rig->error, VORDEC_E_REFUSED, rows[i].says);
    assert_null(encoder);
    rig_set(rig, "decode", "policy", "permissive");
    encoder = make_well(rig, NULL, rows[i].backend);
    const bool late = strcmp(rows[i].backend, "encodes_late") == 0; /* goes on, and nothing is claimed of it */
    assert_string_equal(info_of(encoder).backend_used, late ? "encodes_late" : "cpu");
    check_line_holds(rig->log.warning, late ? "EVIDENCE_MISSING" : "GPU_ENCODE_FALLBACK_CPU: ");
    vordec_encoder_destroy(encoder);
  }
}

static void evidence_is_judged(void **state) {
  struct rig *rig = *state;
  static const struct {
    const char *backend, *says;
  } rows[] = {{"encodes_no_dispatch", "no dispatch was recorded"},
              {"encodes_elsewhere", "it worked on a device of type integrated"},
              {"encodes_too_long", "its work took 1e+09 ms in all"}};
  double z[D];
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct vordec_encode_report report;
    rig_set(rig, "decode", "policy", "strict");
    struct vordec_encoder *encoder = make_well(rig, NULL, rows[i].backend);
    check_fails(encode_some(rig, encoder, z, NULL), &rig->error, VORDEC_E_REFUSED, rows[i].says);
    assert_int_equal(rig->error.reason, VORDEC_REASON_EVIDENCE);
    check_line_holds(rig->error.message, "does not show what did the encoding");
    vordec_encoder_destroy(encoder);
    rig_set(rig, "decode", "policy", "permissive");
    encoder = make_well(rig, NULL, rows[i].backend);
    check_ok(encode_some(rig, encoder, z, &report), &rig->error);
    assert_string_equal(report.encode_device, "unknown");
    assert_int_equal(isnan(report.device_ms), i == 2);
    check_line_holds(rig->log.warning, "EVIDENCE_MISSING: ");
    vordec_encoder_destroy(encoder);
  }
}

/* What nobody can have measured is no state. */
static void measures_that_cannot_be(void **state) {
  struct rig *rig = *state;
  static const struct {
    const char *backend, *says;
    enum vordec_status status;
  } rows[] = {{"encodes_negative", "the backend measured an energy of -1, which is impossible", VORDEC_E_FAILED},
              {"encodes_too_much", "the backend measured a support of 1.5, which is impossible", VORDEC_E_FAILED},
              {"encodes_no_number", "so large that its energy overflows fp32", VORDEC_E_INPUT}};
  double z[D];
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct vordec_encoder *encoder = make_well(rig, NULL, rows[i].backend);
    check_fails(encode_some(rig, encoder, z, NULL), &rig->error, rows[i].status, rows[i].says);
    vordec_encoder_destroy(encoder);
  }
}

static void set_member(struct rig *rig, struct vordec_simulation *simulation) {
  double omega[RIG_CELLS];
  for (size_t i = 0; i < RIG_CELLS; i++) omega[i] = 1.0 + (double)i;
  check_ok(vordec_simulation_set(simulation, 0, omega, 0, &rig->error), &rig->error);
}

/* Where both share a session the field stays there; elsewhere it is read first, which the caller need not know. */
static void a_simulation_is_encoded(void **state) {
  struct rig *rig = *state;
  static const char *const simulates[] = {"encodes", "flows", "cpu"};
  const struct vordec_simulation_desc les = {.n = RIG_N, .members = 1, .dt = 0.01};
  for (size_t i = 0; i < 3; i++) {
    double z[D];
    struct vordec_simulation *simulation;
    struct vordec_encoder *encoder;
    struct vordec_encode_report report;
    rig_set(rig, "simulate", "backend", simulates[i]);
    rig_set(rig, "encode", "backend", "encodes");
    rig_runtime(rig);
    check_ok(vordec_simulation_create(rig->runtime, NULL, &les, &simulation, &rig->error), &rig->error);
    check_ok(vordec_encoder_create(rig->runtime, NULL, simulation, &small, &encoder, &rig->error), &rig->error);
    const struct vordec_encode_io io = {.count = 1, .simulation = simulation, .z = z};
    check_fails(vordec_encode(encoder, &io, NULL, &rig->error), &rig->error, VORDEC_E_USAGE, "holds no field");
    set_member(rig, simulation);
    check_ok(vordec_encode(encoder, &io, &report, &rig->error), &rig->error);
    assert_int_equal(report.in_place, i == 0);
    assert_true(z[0] == 32.5);
    vordec_simulation_destroy(simulation);
    vordec_encoder_destroy(encoder);
  }
}

static void failures_are_told(void **state) {
  struct rig *rig = *state;
  double z[D];
  struct vordec_encoder *encoder = make_well(rig, NULL, "encodes");
  char fails[32];
  snprintf(fails, sizeof fails, "encode %d 0", VORDEC_E_DEVICE_LOST);
  setenv("VORDEC_STUB_FAIL", fails, 1);
  const enum vordec_status status = encode_some(rig, encoder, z, NULL);
  unsetenv("VORDEC_STUB_FAIL");
  check_fails(status, &rig->error, VORDEC_E_DEVICE_LOST, "encode");
  check_fails(encode_some(rig, encoder, z, NULL), &rig->error, VORDEC_E_DEVICE_LOST, "make a new");
  vordec_encoder_destroy(encoder);
}

/* In the child of a fork a card's encoder is nobody's, the CPU's goes on. */
static void a_child_is_told(void **state) {
  struct rig *rig = *state;
  static const char *const backends[] = {"encodes", "cpu"};
  for (size_t i = 0; i < 2; i++) {
    double mine[D], childs[D];
    int ends[2], status = 0;
    struct vordec_encoder *encoder = make_well(rig, NULL, backends[i]);
    check_ok(encode_some(rig, encoder, mine, NULL), &rig->error);
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      const enum vordec_status done = encode_some(rig, encoder, childs, NULL);
      bool fine = i == 0 ? done == VORDEC_E_USAGE && rig->error.reason == VORDEC_REASON_OTHER_PROCESS : !done;
      if (i == 1) fine = fine && write(ends[1], childs, sizeof childs) == (ssize_t)sizeof childs;
      vordec_encoder_destroy(encoder);
      _exit(fine ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    if (i == 1) {
      assert_int_equal(read(ends[0], childs, sizeof childs), sizeof childs);
      assert_memory_equal(mine, childs, sizeof mine);
    }
    close(ends[0]);
    close(ends[1]);
    check_ok(encode_some(rig, encoder, childs, NULL), &rig->error);
    vordec_encoder_destroy(encoder);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_card_encodes, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(auto_follows_the_decode, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(a_named_backend_without, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(evidence_is_judged, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(measures_that_cannot_be, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(a_simulation_is_encoded, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(failures_are_told, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(a_child_is_told, rig_setup, rig_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
