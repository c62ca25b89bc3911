/* SPDX-License-Identifier: MIT */
/* Simulations through the library, on stubs that pose as cards: who simulates, what is told of it, and what is
 * believed.
 */
#include "rig.h"

#include <math.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct vordec_simulation_desc small = {.n = RIG_N, .members = 1, .dt = 0.01};

/* As [simulate] asks, with a decoder or without. */
static enum vordec_status make(struct rig *rig, struct vordec_decoder *decoder, const char *backend,
                               struct vordec_simulation **simulation) {
  rig_set(rig, "simulate", "backend", backend);
  if (!decoder) rig_runtime(rig);
  rig->log = (struct rig_log){0};
  return vordec_simulation_create(rig->runtime, decoder, &small, simulation, &rig->error);
}

static struct vordec_simulation *make_well(struct rig *rig, struct vordec_decoder *decoder, const char *backend) {
  struct vordec_simulation *simulation;
  check_ok(make(rig, decoder, backend, &simulation), &rig->error);
  return simulation;
}

static struct vordec_simulation_info info_of(const struct vordec_simulation *simulation) {
  struct vordec_simulation_info info;
  vordec_simulation_get(simulation, &info);
  return info;
}

static void check_used(const struct vordec_simulation *simulation, const char *requested, const char *used,
                       enum vordec_precision precision) {
  const struct vordec_simulation_info info = info_of(simulation);
  assert_string_equal(info.backend_requested, requested);
  assert_string_equal(info.backend_used, used);
  assert_int_equal(info.precision, precision);
  assert_int_equal(strcmp(requested, used) == 0, *info.reason == '\0');
}

static void set_some(struct rig *rig, struct vordec_simulation *simulation, double *omega) {
  for (size_t i = 0; i < RIG_CELLS; i++) omega[i] = 1.0 + (double)i / 3;
  check_ok(vordec_simulation_set(simulation, 0, omega, 7, &rig->error), &rig->error);
}

static void a_card_simulates(void **state) {
  struct rig *rig = *state;
  double omega[RIG_CELLS], got[RIG_CELLS];
  struct vordec_simulation *simulation = make_well(rig, NULL, "flows");
  struct vordec_simulation_report report;
  check_used(simulation, "flows", "flows", VORDEC_FP32);
  assert_null(info_of(simulation).les_device);
  set_some(rig, simulation, omega);
  check_ok(vordec_simulation_read(simulation, 0, got, &rig->error), &rig->error);
  for (size_t i = 0; i < RIG_CELLS; i++) assert_true(got[i] == (double)(float)omega[i]);
  check_ok(vordec_simulation_advance(simulation, 3, &report, &rig->error), &rig->error);
  check_ok(vordec_simulation_read(simulation, 0, got, &rig->error), &rig->error);
  for (size_t i = 0; i < RIG_CELLS; i++) assert_true(got[i] == (double)(float)omega[i] / 8);
  assert_string_equal(report.les_device, "gpu");
  assert_true(report.device_ms > 0.0 && report.device_ms <= report.total_ms);
  assert_int_equal(info_of(simulation).step, 10);
  omega[9] = 1e39;
  check_fails(vordec_simulation_set(simulation, 0, omega, 0, &rig->error), &rig->error, VORDEC_E_INPUT,
              "initial vorticity: beyond fp32 at row 1, column 1");
  vordec_simulation_destroy(simulation);
  assert_int_equal(rig->log.warnings, 0);
}

/* auto: the decoder's backend, or the one that [decode] asks for; else cpu, which is a choice and no downgrade. */
static void auto_follows_the_decode(void **state) {
  struct rig *rig = *state;
  static const struct {
    const char *decode, *fails, *used, *reason;
  } rows[] = {{"flows", "", "flows", "auto: the decode backend if it can, else cpu"},
              {"ok", "", "cpu", "it has no simulation"},
              {"flows_older", "", "cpu", "it has no simulation"},
              {"flows_short", "", "cpu", "it has no simulation"},
              {"flows_null_slot", "", "cpu", "it has no simulation"},
              {"flows", "flow_create 6 14", "cpu", "the stub's flow_create fails"},
              {"flows", "flow_create 7 18", "cpu", "the stub's flow_create fails"}, /* it does not fit into the card */
              {"flows_no_state", "", "cpu", "made no simulation and gave no reason"},
              {"flows_wrong_fft", "", "cpu", "its simulation claims 'invented'"},
              {"cpu", "", "cpu", "auto: the decode backend if it can, else cpu"}};
  for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
    const char *decode = rows[i / 2].decode;
    struct vordec_decoder *decoder = NULL;
    if (i % 2 && strcmp(decode, "flows_wrong_fft") == 0) continue; /* it makes no plan, either */
    rig_set(rig, "decode", "backend", decode);
    if (i % 2) decoder = rig_make_decoder(rig, decode, "auto");
    setenv("VORDEC_STUB_FAIL", rows[i / 2].fails, 1);
    struct vordec_simulation *simulation = make_well(rig, decoder, "auto");
    unsetenv("VORDEC_STUB_FAIL");
    assert_string_equal(info_of(simulation).backend_used, rows[i / 2].used);
    check_line_holds(info_of(simulation).reason, rows[i / 2].reason);
    if (decoder && strcmp(rows[i / 2].used, "flows") == 0) assert_int_equal(rig->log.open, 0); /* one session */
    assert_int_equal(rig->log.warnings, 0);
    vordec_decoder_destroy(decoder);
    vordec_simulation_destroy(simulation);
  }
  rig_set(rig, "decode", "backend", "missing");
  struct vordec_simulation *simulation = make_well(rig, NULL, "auto");
  check_line_holds(info_of(simulation).reason, "no decode_missing.so");
  check_used(simulation, "auto", "cpu", VORDEC_FP64);
  vordec_simulation_destroy(simulation);
}

/* gpu is any GPU, for decodes and rollouts as well, and no plugin's name. */
static void gpu_is_one_or_a_refusal(void **state) {
  struct rig *rig = *state;
  char folder[] = "/tmp/vordec_gpu_XXXXXX", cpu[128], flows[128], gpu[128];
  assert_non_null(mkdtemp(folder));
  snprintf(cpu, sizeof cpu, "%s/decode_cpu.so", folder);
  snprintf(flows, sizeof flows, "%s/decode_flows.so", folder);
  snprintf(gpu, sizeof gpu, "%s/decode_gpu.so", folder);
  assert_int_equal(symlink(STUB_FOLDER "/decode_cpu.so", cpu), 0);
  assert_int_equal(symlink(STUB_FOLDER "/decode_flows.so", gpu), 0);
  rig_set(rig, "plugins", "path", folder);
  struct vordec_simulation *simulation;
  check_fails(make(rig, NULL, "gpu", &simulation), &rig->error, VORDEC_E_REFUSED,
              "simulate backend 'gpu' refused (no-device): no plugin has a GPU");
  rig_set(rig, "decode", "policy", "permissive");
  simulation = make_well(rig, NULL, "gpu");
  check_used(simulation, "gpu", "cpu", VORDEC_FP64);
  check_line_holds(rig->log.warning, "GPU_LES_FALLBACK_CPU: ");
  vordec_simulation_destroy(simulation);
  rig_set(rig, "decode", "policy", "strict");
  assert_int_equal(symlink(STUB_FOLDER "/decode_flows.so", flows), 0);
  simulation = make_well(rig, NULL, "gpu");
  check_used(simulation, "gpu", "flows", VORDEC_FP32);
  check_line_holds(info_of(simulation).reason, "gpu: the first usable one");
  vordec_simulation_destroy(simulation);
  struct vordec_decoder *decoder = rig_make_decoder(rig, "gpu", "gpu");
  struct vordec_decoder_info info;
  vordec_decoder_get(decoder, &info);
  assert_string_equal(info.backend_used, "flows");
  check_line_holds(vordec_decoder_reason(decoder), "gpu: the first usable one");
  rig->log = (struct rig_log){0};
  simulation = make_well(rig, decoder, "gpu");
  assert_int_equal(rig->log.open, 0);
  vordec_simulation_destroy(simulation);
  vordec_decoder_destroy(decoder);
  unlink(cpu);
  unlink(flows);
  unlink(gpu);
  rmdir(folder);
}

static void a_named_backend_without(void **state) {
  struct rig *rig = *state;
  static const struct {
    const char *backend, *fails, *says;
  } rows[] = {{"ok", "", "simulate backend 'ok' refused (no-interface): it has no simulation"},
              {"flows_no_state", "", "(plugin-abi)"},
              {"flows_late", "", "its simulation claims a warm-up of 1e+09 ms"},
              {"flows_software", "", "(software-device)"},
              {"flows", "flow_create 6 16", "(no-fft): the stub's flow_create fails"},
              {"missing", "", "(plugin-not-found)"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct vordec_simulation *simulation;
    rig_set(rig, "decode", "policy", "strict");
    setenv("VORDEC_STUB_FAIL", rows[i].fails, 1);
    check_fails(make(rig, NULL, rows[i].backend, &simulation), &rig->error, VORDEC_E_REFUSED, rows[i].says);
    assert_null(simulation);
    check_line_holds(rig->error.message, "--permissive");
    rig_set(rig, "decode", "policy", "permissive");
    simulation = make_well(rig, NULL, rows[i].backend);
    unsetenv("VORDEC_STUB_FAIL");
    const bool late = strcmp(rows[i].backend, "flows_late") == 0; /* goes on, and nothing is claimed of it */
    check_used(simulation, rows[i].backend, late ? "flows_late" : "cpu", late ? VORDEC_FP32 : VORDEC_FP64);
    check_line_holds(rig->log.warning, late ? "EVIDENCE_MISSING" : "GPU_LES_FALLBACK_CPU: ");
    vordec_simulation_destroy(simulation);
  }
}

static void evidence_is_judged(void **state) {
  struct rig *rig = *state;
  static const struct {
    const char *backend, *says;
  } rows[] = {{"flows_no_dispatch", "no dispatch was recorded"},
              {"flows_elsewhere", "it worked on a device of type integrated"},
              {"flows_too_long", "its work took 1e+09 ms in all"}};
  double omega[RIG_CELLS];
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct vordec_simulation_report report;
    rig_set(rig, "decode", "policy", "strict");
    struct vordec_simulation *simulation = make_well(rig, NULL, rows[i].backend);
    set_some(rig, simulation, omega);
    check_fails(vordec_simulation_advance(simulation, 1, NULL, &rig->error), &rig->error, VORDEC_E_REFUSED,
                rows[i].says);
    assert_int_equal(rig->error.reason, VORDEC_REASON_EVIDENCE);
    assert_int_equal(info_of(simulation).step, 8); /* a step it was */
    vordec_simulation_destroy(simulation);
    rig_set(rig, "decode", "policy", "permissive");
    simulation = make_well(rig, NULL, rows[i].backend);
    set_some(rig, simulation, omega);
    check_ok(vordec_simulation_advance(simulation, 1, &report, &rig->error), &rig->error);
    assert_string_equal(report.les_device, "unknown");
    check_line_holds(rig->log.warning, "EVIDENCE_MISSING: ");
    vordec_simulation_destroy(simulation);
  }
  struct vordec_simulation *simulation = make_well(rig, NULL, "flows_no_timestamps");
  set_some(rig, simulation, omega);
  check_ok(vordec_simulation_advance(simulation, 1, NULL, &rig->error), &rig->error);
  assert_string_equal(info_of(simulation).les_device, "gpu");
  check_line_holds(rig->log.warning, "TIMING_UNAVAILABLE");
  vordec_simulation_destroy(simulation);
}

static void a_breakdown_is_told(void **state) {
  struct rig *rig = *state;
  double omega[RIG_CELLS];
  struct vordec_simulation *simulation = make_well(rig, NULL, "flows_break");
  set_some(rig, simulation, omega);
  check_ok(vordec_simulation_advance(simulation, 2, NULL, &rig->error), &rig->error);
  check_fails(vordec_simulation_advance(simulation, 4, NULL, &rig->error), &rig->error, VORDEC_E_FAILED,
              "simulation: vorticity is not finite at step 10, row 2, column 5; a smaller dt may help");
  assert_int_equal(info_of(simulation).step, 9);
  check_fails(vordec_simulation_read(simulation, 0, omega, &rig->error), &rig->error, VORDEC_E_USAGE, "no field");
  vordec_simulation_destroy(simulation);
  simulation = make_well(rig, NULL, "flows_break_nowhere");
  set_some(rig, simulation, omega);
  check_fails(vordec_simulation_advance(simulation, 4, NULL, &rig->error), &rig->error, VORDEC_E_FAILED,
              "names a place that does not exist");
  vordec_simulation_destroy(simulation);
}

/* A device that is lost stays so; a failure of a slot is its own. */
static void failures_are_told(void **state) {
  struct rig *rig = *state;
  double omega[RIG_CELLS];
  static const char *const slots[] = {"flow_set", "flow_get", "flow_advance"};
  for (size_t i = 0; i < 3; i++) {
    char fails[32];
    struct vordec_simulation *simulation = make_well(rig, NULL, "flows");
    set_some(rig, simulation, omega);
    snprintf(fails, sizeof fails, "%s %d 0", slots[i], VORDEC_E_DEVICE_LOST);
    setenv("VORDEC_STUB_FAIL", fails, 1);
    enum vordec_status status = VORDEC_OK;
    if (i == 0) status = vordec_simulation_set(simulation, 0, omega, 0, &rig->error);
    if (i == 1) status = vordec_simulation_read(simulation, 0, omega, &rig->error);
    if (i == 2) status = vordec_simulation_advance(simulation, 1, NULL, &rig->error);
    unsetenv("VORDEC_STUB_FAIL");
    check_fails(status, &rig->error, VORDEC_E_DEVICE_LOST, slots[i]);
    check_fails(vordec_simulation_set(simulation, 0, omega, 0, &rig->error), &rig->error, VORDEC_E_DEVICE_LOST,
                "make a new decoder, rollout, simulation, encoder or adjoint");
    vordec_simulation_destroy(simulation);
  }
}

/* In the child of a fork a card's simulation is nobody's, the CPU's goes on. */
static void a_child_is_told(void **state) {
  struct rig *rig = *state;
  static const char *const backends[] = {"flows", "cpu"};
  for (size_t i = 0; i < 2; i++) {
    double omega[RIG_CELLS], mine[RIG_CELLS], childs[RIG_CELLS];
    int ends[2], status = 0;
    struct vordec_simulation *simulation = make_well(rig, NULL, backends[i]);
    set_some(rig, simulation, omega);
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      struct vordec_error error = {0};
      const enum vordec_status stepped = vordec_simulation_advance(simulation, 2, NULL, &error);
      bool fine = i == 0 ? stepped == VORDEC_E_USAGE && error.reason == VORDEC_REASON_OTHER_PROCESS : !stepped;
      if (i == 1) fine = fine && !vordec_simulation_read(simulation, 0, childs, &error);
      if (i == 1) fine = fine && write(ends[1], childs, sizeof childs) == (ssize_t)sizeof childs;
      /* Whose it is comes before whatever else is wrong with a call. */
      omega[3] = NAN;
      const enum vordec_status wrong = vordec_simulation_set(simulation, i == 0 ? 0 : 9, omega, 0, &error);
      fine = fine && wrong == VORDEC_E_USAGE && (error.reason == VORDEC_REASON_OTHER_PROCESS) == (i == 0);
      vordec_simulation_destroy(simulation);
      _exit(fine ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    check_ok(vordec_simulation_advance(simulation, 2, NULL, &rig->error), &rig->error);
    check_ok(vordec_simulation_read(simulation, 0, mine, &rig->error), &rig->error);
    if (i == 1) {
      assert_int_equal(read(ends[0], childs, sizeof childs), sizeof childs);
      assert_memory_equal(mine, childs, sizeof mine);
    }
    close(ends[0]);
    close(ends[1]);
    vordec_simulation_destroy(simulation);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_card_simulates, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(auto_follows_the_decode, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(gpu_is_one_or_a_refusal, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(a_named_backend_without, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(evidence_is_judged, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(a_breakdown_is_told, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(failures_are_told, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(a_child_is_told, rig_setup, rig_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
