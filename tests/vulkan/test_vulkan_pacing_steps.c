/* SPDX-License-Identifier: MIT */
/*
 * Submissions of rollouts, simulations and encoders have a limit, too: the same bits as without one, and none longer
 * than it may be. The device is a slow one (slow_device.h).
 */
#include "encode_stand.h"
#include "flow_sums.h"
#include "paced.h"
#include "roller.h"
#include "simulator.h"
#include "slow_device.h"

#include <stdlib.h>
#include <string.h>

static struct harness harness;

/* ---- rollouts ---- */

static void cut_rollout(uint32_t states) {
  const uint32_t d = 70;
  double *a = roller_operator(d, 0), *z0 = calloc(states * d, sizeof *z0);
  assert_non_null(z0);
  for (uint32_t i = 0; i < states * d; i++) z0[i] = 0.01 * (double)(i + 1);
  const struct vordec_rollout_setup setup = {
      .struct_size = sizeof setup, .d = d, .precision = VORDEC_FP32, .a = a, .z0 = z0, .states = states};
  slow_device_set(1e-4);
  struct vordec_session *sessions[2] = {paced_session(&harness, slow_device_hook, 0),
                                        paced_session(&harness, slow_device_hook, PACED_LIMIT_MS)};
  struct vordec_backend_rollout *rollouts[2];
  double *z[2];
  for (int i = 0; i < 2; i++) rollouts[i] = roller_create_batch(&harness, sessions[i], &setup);
  slow_device_set(0.02); /* nine workgroups a step: much slower than it was */
  for (uint32_t steps = 1; steps < 4000; steps = 3 * steps + 1) {
    struct vordec_rollout_result result = {.struct_size = sizeof result};
    struct vordec_error error = {0};
    for (int i = 0; i < 2; i++) {
      slow_device_take();
      driver_must(roller_interface(&harness)->advance(rollouts[i], steps, &result, &error), &error);
      const struct slow_device_report report = slow_device_take();
      assert_int_equal(result.evidence.dispatches_recorded, steps);
      assert_int_equal(result.evidence.dispatches_completed, steps);
      driver_near(result.device_ms, report.sum_ms, 1e-3 * report.sum_ms + 1e-4, "time of the steps");
      if (i == 1 && steps > 13) paced_check(&report);
      z[i] = roller_read(&harness, rollouts[i], states * d);
    }
    assert_memory_equal(z[0], z[1], states * d * sizeof **z);
    free(z[0]);
    free(z[1]);
  }
  for (int i = 0; i < 2; i++) {
    roller_interface(&harness)->destroy(rollouts[i]);
    harness.backend->close(sessions[i]);
  }
  free(a);
  free(z0);
}

static void rollouts_are_cut(void **state) {
  (void)state;
  cut_rollout(1);
  cut_rollout(9);
}

/* ---- simulations ---- */

/* Takes steps on the device as it is now, with and without a limit. */
static void compare_steps(struct vordec_backend_simulation *const simulations[2], uint32_t n, uint32_t dispatches) {
  enum { CELLS_MAX = 32 * 32 };
  double omega[2][CELLS_MAX];
  for (uint32_t steps = 1; steps < 60; steps = 4 * steps + 1) {
    struct slow_device_report report[2];
    for (int i = 0; i < 2; i++) {
      struct vordec_simulation_result result = {.struct_size = sizeof result};
      struct vordec_error error = {0};
      slow_device_take();
      driver_must(simulator_interface(&harness)->advance(simulations[i], steps, &result, &error), &error);
      report[i] = slow_device_take();
      assert_true(result.evidence.dispatches_recorded >= (uint64_t)steps * dispatches);
      driver_near(result.device_ms, report[i].sum_ms, 0.1 * report[i].sum_ms, "time of the steps");
      simulator_get(&harness, simulations[i], 0, omega[i]);
    }
    assert_int_equal(report[0].submissions, 1);
    paced_check(&report[1]);
    if (report[1].sum_ms > 2 * PACED_LIMIT_MS) assert_true(report[1].submissions >= 3);
    assert_memory_equal(omega[0], omega[1], (size_t)n * n * sizeof **omega);
  }
}

/* First steps that go pass by pass, then ones of which some fit into a submission. */
static void cut_simulation(const struct vordec_simulation_setup *setup) {
  double start[32 * 32];
  struct vordec_session *sessions[2] = {paced_session(&harness, slow_device_hook, 0),
                                        paced_session(&harness, slow_device_hook, PACED_LIMIT_MS)};
  struct vordec_backend_simulation *simulations[2];
  flow_sums_start(setup->n, 4, 0.1, 1, start);
  slow_device_set(0.04);
  for (int i = 0; i < 2; i++) {
    simulations[i] = simulator_create(&harness, sessions[i], setup);
    simulator_set(&harness, simulations[i], 0, start);
  }
  compare_steps(simulations, setup->n, setup->dealias ? 6 : 4);
  slow_device_set(0.004);
  compare_steps(simulations, setup->n, setup->dealias ? 6 : 4);
  for (int i = 0; i < 2; i++) {
    simulator_interface(&harness)->destroy(simulations[i]);
    harness.backend->close(sessions[i]);
  }
}

static void simulations_are_cut(void **state) {
  (void)state;
  struct vordec_simulation_setup setup = {
      .struct_size = sizeof setup, .n = 32, .members = 1, .fft = "direct", .dt = 0.01, .nu0 = 1e-3, .cs = 0.1};
  setup.filter = setup.dealias = true;
  cut_simulation(&setup);
  setup.n = 16;
  setup.fft = "fused-4";
  setup.filter = setup.dealias = false;
  cut_simulation(&setup);
}

/* ---- encodes ---- */

#define SIDE 64u
#define FIELDS 3u

/* Of the host's fields, then of a simulation's. */
static void encodes_are_cut(void **state) {
  (void)state;
  const struct vordec_simulation_setup flow = {
      .struct_size = sizeof flow, .n = SIDE, .members = FIELDS, .fft = "auto", .dt = 0.01, .nu0 = 1e-3, .cs = 0.1};
  struct encode_stand stand;
  struct encode_outputs outputs[2];
  struct vordec_session *sessions[2];
  struct vordec_backend_encoder *encoders[2];
  struct vordec_backend_simulation *simulations[2];
  encode_stand_create(&stand, SIDE, 6, 9, FIELDS);
  slow_device_set(1e-4);
  for (int i = 0; i < 2; i++) {
    sessions[i] = paced_session(&harness, slow_device_hook, i ? PACED_LIMIT_MS : 0);
    encoders[i] = encode_stand_encoder(&harness, sessions[i], &stand.setup);
    simulations[i] = simulator_create(&harness, sessions[i], &flow);
    for (uint32_t k = 0; k < FIELDS; k++) simulator_set(&harness, simulations[i], k, stand.omega + k * SIDE * SIDE);
  }
  slow_device_set(0.3);
  for (int again = 0; again < 8; again++) {
    for (int i = 0; i < 2; i++) {
      struct vordec_encode_result result = {.struct_size = sizeof result};
      struct vordec_error error = {0};
      encode_outputs_create(&outputs[i], &stand.setup, FIELDS);
      struct vordec_encode_job job = encode_outputs_job(&outputs[i]);
      job.omega = again < 4 ? stand.omega : NULL;
      job.simulation = again < 4 ? NULL : simulations[i];
      slow_device_take();
      driver_must(encode_stand_interface(&harness)->encode(encoders[i], &job, &result, &error), &error);
      const struct slow_device_report report = slow_device_take();
      assert_int_equal(result.evidence.dispatches_recorded, report.dispatches);
      assert_int_equal(result.evidence.dispatches_completed, report.dispatches);
      if (result.evidence.device_timestamps)
        driver_near(result.device_ms, report.sum_ms, 1e-3 * report.sum_ms + 1e-4, "time of the encode");
      assert_true(report.sum_ms > 20.0 * PACED_LIMIT_MS);
      if (i == 1 && again % 4 >= 2) paced_check(&report);
      if (i == 0) assert_int_equal(report.submissions, 1);
    }
    assert_true(encode_outputs_equal(&outputs[0], &outputs[1]));
    for (int i = 0; i < 2; i++) encode_outputs_destroy(&outputs[i]);
  }
  for (int i = 0; i < 2; i++) {
    simulator_interface(&harness)->destroy(simulations[i]);
    encode_stand_interface(&harness)->destroy(encoders[i]);
    harness.backend->close(sessions[i]);
  }
  encode_stand_destroy(&stand);
}

static int open_all(void **state) {
  (void)state;
  if (!harness_open(&harness)) return 1;
  harness.threads = 1; /* the slow device counts without locks */
  return 0;
}

static int close_all(void **state) {
  (void)state;
  fprintf(stderr, "validation messages: %llu\n", (unsigned long long)harness.debug->validation_messages());
  return harness_left(&harness) != 0 || harness.debug->validation_messages() != 0;
}

int main(int argc, char **argv) {
  if (argc > 1) cmocka_set_test_filter(argv[1]);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rollouts_are_cut),
      cmocka_unit_test(encodes_are_cut),
      cmocka_unit_test(simulations_are_cut),
  };
  return cmocka_run_group_tests_name("vulkan pacing of steps", tests, open_all, close_all);
}
