/* SPDX-License-Identifier: MIT */
/*
 * A failure of each Vulkan call in turn while an encoder is made and encodes fields of the host and of a simulation: a
 * status that tells the truth, nothing leaked, and the right results afterwards.
 */
#include "encode_stand.h"
#include "fault_run.h"
#include "simulator.h"
#include "vulkan_faults.h"

#include <stdlib.h>
#include <string.h>

#define N 6u

static struct harness harness;
static struct encode_stand fields;
static struct encode_outputs expected;

enum reach { REACH_CREATE = 0, REACH_HOST, REACH_SIMULATION, REACH_DONE };

/* A session with a simulation, and so with the kernels that all plans share. */
struct stand {
  struct vordec_session *session;
  struct vordec_backend_simulation *simulation;
  struct vordec_backend_encoder *encoder;
};

static void stand_open(struct stand *stand) {
  const struct vordec_simulation_setup flow = {
      .struct_size = sizeof flow, .n = N, .members = 2, .fft = "auto", .dt = 0.01, .nu0 = 1e-3, .cs = 0.1};
  faults_arm(0, VK_SUCCESS);
  *stand = (struct stand){.session = harness_session(&harness)};
  stand->simulation = simulator_create(&harness, stand->session, &flow);
  for (uint32_t i = 0; i < 2; i++) simulator_set(&harness, stand->simulation, i, fields.omega + i * N * N);
}

static void stand_close(struct stand *stand) {
  encode_stand_interface(&harness)->destroy(stand->encoder);
  simulator_interface(&harness)->destroy(stand->simulation);
  harness.backend->close(stand->session);
  assert_int_equal(faults_live(), 0);
}

/* A stage; an encode that succeeds has the right results, one that fails has none. */
static enum vordec_status go(struct stand *stand, enum reach stage, struct vordec_error *error) {
  const struct vordec_encode_interface *interface = encode_stand_interface(&harness);
  struct vordec_plan_info info = {.struct_size = sizeof info};
  if (stage == REACH_CREATE) return interface->create(stand->session, &fields.setup, &stand->encoder, &info, error);
  struct vordec_encode_result result = {.struct_size = sizeof result};
  struct encode_outputs outputs, blank;
  encode_outputs_create(&outputs, &fields.setup, 2);
  encode_outputs_create(&blank, &fields.setup, 2);
  struct vordec_encode_job job = encode_outputs_job(&outputs);
  job.omega = stage == REACH_HOST ? fields.omega : NULL;
  job.simulation = stage == REACH_HOST ? NULL : stand->simulation;
  const enum vordec_status status = interface->encode(stand->encoder, &job, &result, error);
  assert_true(encode_outputs_equal(&outputs, status ? &blank : &expected));
  if (!status) assert_int_equal(result.evidence.dispatches_completed, result.evidence.dispatches_recorded);
  encode_outputs_destroy(&blank);
  encode_outputs_destroy(&outputs);
  return status;
}

static enum vordec_status go_stage(void *stand, int stage, struct vordec_error *error) {
  return go(stand, (enum reach)stage, error);
}

static struct fault_run go_on(struct stand *stand, enum reach from) {
  return fault_run_go(go_stage, stand, from, REACH_DONE);
}

/* Returns whether the session lives on. */
static bool check_run(struct stand *stand, const struct fault_run *run, unsigned number, VkResult result) {
  if (run->status == VORDEC_OK) {
    assert_true(fault_run_spared());
    return true;
  }
  const bool dead = fault_run_check(run, number, result);
  if (run->reach == REACH_CREATE) assert_null(stand->encoder);
  faults_arm(0, VK_SUCCESS);
  if (dead) {
    struct vordec_error error = {0};
    if (stand->encoder) assert_int_equal(go(stand, REACH_HOST, &error), run->status);
    return false;
  }
  const struct fault_run again = go_on(stand, run->reach);
  driver_must(again.status, &again.error);
  return true;
}

struct counts {
  unsigned create, all; /* calls */
};

static struct counts count_calls(struct stand *stand) {
  struct fault_run run = {.reach = REACH_CREATE};
  struct counts calls;
  faults_arm(0, VK_SUCCESS);
  driver_must(go(stand, REACH_CREATE, &run.error), &run.error);
  calls.create = faults_calls();
  run = go_on(stand, REACH_HOST);
  driver_must(run.status, &run.error);
  calls.all = faults_calls();
  encode_stand_interface(&harness)->destroy(stand->encoder);
  stand->encoder = NULL;
  return calls;
}

/* Fails calls so far apart in create(), which is the plan's for the most part, and in encode(); sessions go on until
 * the failure ends them. */
static void fail_calls(VkResult result, unsigned create_stride, unsigned stride) {
  struct stand stand;
  stand_open(&stand);
  count_calls(&stand);
  const struct counts calls = count_calls(&stand);
  fprintf(stderr, "  %u calls, %u of them to make it\n", calls.all, calls.create);
  assert_true(calls.create > 60 && calls.all >= calls.create + 10);
  for (unsigned i = 1; i <= calls.all; i += i < calls.create ? create_stride : stride) {
    const long objects = faults_live(), allocations = harness_left(&harness);
    faults_arm(i, result);
    const struct fault_run run = go_on(&stand, REACH_CREATE);
    const bool alive = check_run(&stand, &run, i, result);
    faults_arm(0, VK_SUCCESS);
    encode_stand_interface(&harness)->destroy(stand.encoder);
    stand.encoder = NULL;
    if (alive) {
      assert_int_equal(faults_live(), objects);
      assert_int_equal(harness_left(&harness), allocations);
      continue;
    }
    stand_close(&stand);
    stand_open(&stand);
    count_calls(&stand);
  }
  stand_close(&stand);
}

static void out_of_host_memory(void **state) {
  (void)state;
  fail_calls(VK_ERROR_OUT_OF_HOST_MEMORY, 3, 1);
}

static void device_lost(void **state) {
  (void)state;
  fail_calls(VK_ERROR_DEVICE_LOST, 40, 4);
}

/* Of the encoder's own pipeline, which a session keeps once it is made: until then in one session. */
static void no_pipeline(void **state) {
  (void)state;
  struct stand stand;
  struct fault_run run = {.reach = REACH_CREATE};
  unsigned number = 0;
  stand_open(&stand);
  for (bool seen = false; !seen;) {
    assert_true(++number < 154);
    faults_arm(number, VK_ERROR_OUT_OF_DEVICE_MEMORY);
    run.status = go(&stand, REACH_CREATE, &run.error);
    assert_non_null(strstr(run.error.message, faults_failed()));
    assert_null(stand.encoder);
    seen = strcmp(faults_failed(), "vkCreateComputePipelines") == 0;
    if (run.status == VORDEC_E_NO_MEMORY) continue;
    assert_int_equal(run.status, VORDEC_E_DEVICE_LOST); /* nobody knows what the device does after a failed wait */
    stand_close(&stand);
    stand_open(&stand);
  }
  assert_true(check_run(&stand, &run, number, VK_ERROR_OUT_OF_DEVICE_MEMORY));
  stand_close(&stand);
}

/* Once it is made, an encoder makes nothing more: neither objects nor host memory. */
static void nothing_is_made_later(void **state) {
  (void)state;
  struct stand stand;
  struct vordec_error error = {0};
  stand_open(&stand);
  driver_must(go(&stand, REACH_CREATE, &error), &error);
  const long objects = faults_live(), allocations = harness_left(&harness);
  for (int again = 0; again < 200; again++) { /* more often than a pool of descriptor sets would bear */
    faults_arm(0, VK_SUCCESS);
    driver_must(go(&stand, again % 2 ? REACH_HOST : REACH_SIMULATION, &error), &error);
    assert_int_equal(faults_submissions(), 1);
  }
  assert_int_equal(faults_live(), objects);
  assert_int_equal(harness_left(&harness), allocations);
  stand_close(&stand);
}

/* Host memory runs out, in a session that has all pipelines. */
static void host_allocations(void **state) {
  (void)state;
  struct stand stand;
  long limit = 0;
  stand_open(&stand);
  count_calls(&stand);
  const long allocations = harness_left(&harness);
  for (bool done = false; !done; limit++) {
    struct vordec_error error = {0};
    counting_host_refuse(&harness.host, (size_t)limit + 1, true);
    const enum vordec_status status = go(&stand, REACH_CREATE, &error);
    counting_host_refuse(&harness.host, 0, false);
    done = status == VORDEC_OK;
    if (done) continue;
    assert_int_equal(status, VORDEC_E_NO_MEMORY);
    assert_int_equal(harness_left(&harness), allocations);
  }
  assert_true(limit > 6); /* the encoder, its plan, the modes, two tables, the basis .. */
  stand_close(&stand);
}

static int open_all(void **state) {
  (void)state;
  if (!harness_open(&harness)) return 1;
  harness.threads = 1;
  encode_stand_create(&fields, N, 2, 3, 2);
  encode_outputs_create(&expected, &fields.setup, 2);
  struct vordec_session *session = harness_session(&harness);
  struct vordec_backend_encoder *encoder = encode_stand_encoder(&harness, session, &fields.setup);
  struct vordec_encode_job job = encode_outputs_job(&expected);
  job.omega = fields.omega;
  encode_stand_run(&harness, encoder, &job);
  encode_stand_interface(&harness)->destroy(encoder);
  harness.backend->close(session);
  harness.debug->set_table_hook(faults_hook);
  return 0;
}

static int close_all(void **state) {
  (void)state;
  harness.debug->set_table_hook(NULL);
  encode_outputs_destroy(&expected);
  encode_stand_destroy(&fields);
  fprintf(stderr, "validation messages: %llu\n", (unsigned long long)harness.debug->validation_messages());
  return harness.debug->validation_messages() != 0 || harness_left(&harness) != 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(out_of_host_memory),    cmocka_unit_test(device_lost),      cmocka_unit_test(no_pipeline),
      cmocka_unit_test(nothing_is_made_later), cmocka_unit_test(host_allocations),
  };
  return cmocka_run_group_tests_name("vulkan encode faults", tests, open_all, close_all);
}
