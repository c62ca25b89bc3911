/* SPDX-License-Identifier: MIT */
/*
 * A failure of each Vulkan call in turn (in new sessions of the first and the last along each way to them) while a
 * simulation is made, set, advanced and read: a status that tells the truth, nothing leaked, and never a field of which
 * nobody knows how many steps it has taken.
 */
#include "fault_run.h"
#include "flow_sums.h"
#include "simulator.h"
#include "vulkan_faults.h"

#include <stdlib.h>
#include <string.h>

#define N_MAX 8u
#define CELLS_MAX (N_MAX * N_MAX)
#define STEPS 3u
#define STRIDE 11u /* of calls that fail while fused steps are made and taken, which are those of the others */

static struct harness harness;
static const char *fft = "auto";
static uint32_t n = 4;
static double start[CELLS_MAX], expected[CELLS_MAX];

enum reach { REACH_CREATE = 0, REACH_SET, REACH_ADVANCE, REACH_GET, REACH_DONE };

/* One simulation from its creation to its field; stops at the first failure. */
struct stand {
  struct vordec_session *session;
  struct vordec_backend_simulation *simulation;
  double omega[CELLS_MAX];
};

static void stand_open(struct stand *stand) {
  *stand = (struct stand){.session = harness_session(&harness)};
}

static void stand_close(struct stand *stand) {
  simulator_interface(&harness)->destroy(stand->simulation);
  harness.backend->close(stand->session);
  assert_int_equal(faults_live(), 0);
  assert_int_equal(harness_left(&harness), 0);
}

static enum vordec_status go(struct stand *stand, enum reach stage, uint32_t steps, struct vordec_error *error) {
  const struct vordec_simulation_interface *interface = simulator_interface(&harness);
  const struct vordec_simulation_setup setup = {
      .struct_size = sizeof setup, .n = n, .members = 1, .fft = fft, .dt = 0.01, .nu0 = 1e-3, .cs = 0.1};
  struct vordec_plan_info info = {.struct_size = sizeof info};
  struct vordec_simulation_result result = {.struct_size = sizeof result};
  switch (stage) {
  case REACH_CREATE:
    return interface->create(stand->session, &setup, &stand->simulation, &info, error);
  case REACH_SET:
    return interface->set(stand->simulation, 0, start, error);
  case REACH_ADVANCE:
    return interface->advance(stand->simulation, steps, &result, error);
  case REACH_GET:
  case REACH_DONE:
    break;
  }
  return interface->get(stand->simulation, 0, stand->omega, error);
}

static enum vordec_status go_stage(void *stand, int stage, struct vordec_error *error) {
  return go(stand, (enum reach)stage, STEPS, error);
}

static struct fault_run go_on(struct stand *stand, enum reach from) {
  return fault_run_go(go_stage, stand, from, REACH_DONE);
}

static bool is_right(const struct stand *stand) {
  return memcmp(stand->omega, expected, (size_t)n * n * sizeof *expected) == 0;
}

/* What broke off says so again until the field is set; anything else can be done once more and then comes out right. */
static void check_afterwards(struct stand *stand, const struct fault_run *run, const char *call) {
  const bool lost = run->status == VORDEC_E_DEVICE_LOST;
  const bool broke_off = run->reach == REACH_ADVANCE && strcmp(call, "vkGetQueryPoolResults") == 0;
  struct vordec_error error = {0};
  if (lost || broke_off) {
    const enum reach end = run->reach == REACH_CREATE ? REACH_SET : REACH_DONE; /* no simulation, nothing to set */
    for (enum reach stage = run->reach; stage < end; stage++) {
      assert_int_equal(go(stand, stage, STEPS, &error), run->status);
      if (broke_off) assert_non_null(strstr(error.message, call));
    }
    if (lost) return;
  }
  const struct fault_run again = go_on(stand, broke_off ? REACH_SET : run->reach);
  driver_must(again.status, &again.error);
  if (!is_right(stand)) fail_msg("after a failed %s: another result", call);
}

static void check_run(struct stand *stand, const struct fault_run *run, unsigned number, VkResult result) {
  fault_run_check(run, number, result);
  if (run->reach == REACH_CREATE) assert_null(stand->simulation);
  check_afterwards(stand, run, faults_failed());
}

struct counts {
  unsigned fresh, again, create; /* calls of a run in a new session, of another one, and of its create() */
};

static void warm_up(struct stand *stand) {
  const struct fault_run run = go_on(stand, REACH_CREATE);
  driver_must(run.status, &run.error);
  assert_true(is_right(stand));
  simulator_interface(&harness)->destroy(stand->simulation);
  stand->simulation = NULL;
}

static struct counts count_calls(void) {
  struct stand stand;
  struct counts counts;
  struct vordec_error error = {0};
  stand_open(&stand);
  faults_note();
  warm_up(&stand);
  counts.fresh = faults_calls();
  faults_arm(0, VK_SUCCESS);
  driver_must(go(&stand, REACH_CREATE, STEPS, &error), &error);
  counts.create = faults_calls();
  driver_must(go_on(&stand, REACH_SET).status, &error);
  counts.again = faults_calls();
  stand_close(&stand);
  assert_true(counts.fresh > counts.again && counts.again > counts.create && counts.create > 40);
  fprintf(stderr, "  %u calls in a new session, %u in another, %u of them to make it\n", counts.fresh, counts.again,
          counts.create);
  return counts;
}

/* Fails calls first .. last in turn. Each in a session of its own, those that faults_worth() names, or in one that made
 * such a simulation before and has kept its pipelines, until the device is lost. */
static void fail_calls(VkResult result, unsigned first, unsigned last, bool own_session) {
  struct stand stand;
  stand_open(&stand);
  unsigned failed = 0;
  if (!own_session) warm_up(&stand);
  for (unsigned i = first; i <= last; i += strcmp(fft, "auto") == 0 ? 1 : STRIDE) {
    if (own_session && !faults_worth(i, result)) continue;
    const long objects = faults_live(), allocations = harness_left(&harness);
    faults_arm(i, result);
    const struct fault_run run = go_on(&stand, REACH_CREATE);
    failed++;
    if (run.status != VORDEC_OK || (faults_failed() && !fault_run_spared())) {
      check_run(&stand, &run, i, result);
    }
    faults_arm(0, VK_SUCCESS);
    simulator_interface(&harness)->destroy(stand.simulation);
    stand.simulation = NULL;
    if (run.status != VORDEC_E_DEVICE_LOST && !own_session) {
      assert_int_equal(faults_live(), objects);
      assert_int_equal(harness_left(&harness), allocations);
    }
    if (run.status != VORDEC_E_DEVICE_LOST && !own_session) continue;
    stand_close(&stand);
    stand_open(&stand);
    if (!own_session) warm_up(&stand);
  }
  stand_close(&stand);
  fprintf(stderr, "  %u of %u calls failed in turn\n", failed, last - first + 1);
  assert_true(failed > 5);
}

static void out_of_host_memory(void **state) {
  (void)state;
  const struct counts counts = count_calls();
  fail_calls(VK_ERROR_OUT_OF_HOST_MEMORY, 1, counts.fresh - counts.again, true);
  fail_calls(VK_ERROR_OUT_OF_HOST_MEMORY, 1, counts.again, false);
}

/* Calls of create() are followed by the same few lines whatever has failed. */
static void device_lost(void **state) {
  (void)state;
  const struct counts counts = count_calls();
  fail_calls(VK_ERROR_DEVICE_LOST, counts.create, counts.again, false);
}

/* Once it is made, a simulation makes nothing more: neither objects nor host memory. */
static void nothing_is_made_later(void **state) {
  (void)state;
  struct stand stand;
  struct vordec_error error = {0};
  stand_open(&stand);
  driver_must(go(&stand, REACH_CREATE, STEPS, &error), &error);
  const long objects = faults_live(), allocations = harness_left(&harness);
  for (enum reach stage = REACH_SET; stage < REACH_DONE; stage++) {
    faults_arm(0, VK_SUCCESS);
    driver_must(go(&stand, stage, 5000, &error), &error);
    assert_int_equal(faults_live(), objects);
    assert_int_equal(harness_left(&harness), allocations);
    if (stage == REACH_ADVANCE) assert_true(faults_submissions() <= 8); /* no wait for each step */
  }
  stand_close(&stand);
}

/* The second of several submissions cannot be made: the field is neither here nor there, until it is set again. */
static void broken_off(void **state) {
  (void)state;
  struct stand stand;
  struct vordec_error error = {0};
  bool second = false;
  stand_open(&stand);
  driver_must(go(&stand, REACH_CREATE, STEPS, &error), &error);
  for (unsigned i = 1; !second; i++) {
    assert_true(i < 20);
    faults_arm(0, VK_SUCCESS);
    driver_must(go(&stand, REACH_SET, STEPS, &error), &error);
    faults_arm(i, VK_ERROR_OUT_OF_DEVICE_MEMORY);
    const enum vordec_status status = go(&stand, REACH_ADVANCE, 5000, &error);
    second = strcmp(faults_failed(), "vkQueueSubmit") == 0 && faults_submissions() == 2;
    if (second) {
      assert_int_equal(status, VORDEC_E_NO_MEMORY);
      for (enum reach stage = REACH_ADVANCE; stage < REACH_DONE; stage++) {
        assert_int_equal(go(&stand, stage, STEPS, &error), VORDEC_E_NO_MEMORY);
        assert_non_null(strstr(error.message, "lost"));
      }
      faults_arm(0, VK_SUCCESS);
      driver_must(go_on(&stand, REACH_SET).status, &error);
      assert_true(is_right(&stand));
    }
    faults_arm(0, VK_SUCCESS);
    if (!second) {
      stand_close(&stand);
      stand_open(&stand);
      driver_must(go(&stand, REACH_CREATE, STEPS, &error), &error);
    }
  }
  stand_close(&stand);
}

/* Host memory runs out. */
static void host_allocations(void **state) {
  (void)state;
  struct stand stand;
  long limit = 0;
  for (bool done = false; !done; limit++) {
    struct vordec_error error = {0};
    stand_open(&stand);
    counting_host_refuse(&harness.host, (size_t)limit + 1, true);
    const enum vordec_status status = go(&stand, REACH_CREATE, STEPS, &error);
    counting_host_refuse(&harness.host, 0, false);
    done = status == VORDEC_OK;
    if (!done) assert_int_equal(status, VORDEC_E_NO_MEMORY);
    stand_close(&stand);
  }
  assert_true(limit > 2); /* the simulation, and its pipelines */
}

/* What comes out where nothing fails. */
static enum vordec_status expect(void) {
  struct stand stand;
  flow_sums_start(n, 1, 0.1, 1, start);
  stand_open(&stand);
  const struct fault_run run = go_on(&stand, REACH_CREATE);
  memcpy(expected, stand.omega, sizeof expected);
  stand_close(&stand);
  return run.status;
}

/* Fused steps have kernels of their own, and make them in the same way. */
static void fused_steps(void **state) {
  (void)state;
  fft = "fused-4";
  n = 8;
  assert_int_equal(expect(), VORDEC_OK);
  const struct counts counts = count_calls();
  fail_calls(VK_ERROR_OUT_OF_DEVICE_MEMORY, 1, counts.again, false);
}

static int open_all(void **state) {
  (void)state;
  if (!harness_open(&harness)) return 1;
  harness.threads = 1;
  harness.debug->set_table_hook(faults_hook);
  return expect() != VORDEC_OK;
}

static int close_all(void **state) {
  (void)state;
  harness.debug->set_table_hook(NULL);
  fprintf(stderr, "validation messages: %llu\n", (unsigned long long)harness.debug->validation_messages());
  return harness.debug->validation_messages() != 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(out_of_host_memory),
      cmocka_unit_test(device_lost),
      cmocka_unit_test(nothing_is_made_later),
      cmocka_unit_test(broken_off),
      cmocka_unit_test(host_allocations),
      cmocka_unit_test(fused_steps), /* the last one: what is run is another simulation from then on */
  };
  return cmocka_run_group_tests_name("vulkan simulation faults", tests, open_all, close_all);
}
