/* SPDX-License-Identifier: MIT */
/*
 * A failure of each Vulkan call in turn while a rollout is made, advances, walks, is read and is decoded from: a status
 * that tells the truth, nothing leaked, and never a state of which nobody knows how many steps it has taken.
 */
#include "fault_run.h"
#include "roller.h"
#include "vulkan_faults.h"

#include <stdlib.h>
#include <string.h>

#define STEPS 3u /* one, and one for each row */
#define ROWS 2u
#define STATES 6u /* of which the faults are about the fifth; the others are 0 */
#define STATE 4u

static struct harness harness;
static struct sample sample;
static double *matrix, *several, *expected_z;
static struct outputs expected; /* of the decode that nothing disturbed */

enum reach {
  REACH_CREATE = 0,
  REACH_ADVANCE,
  REACH_RESERVE,
  REACH_WALK,
  REACH_READ,
  REACH_READ_ROW,
  REACH_DECODE,
  REACH_DONE
};

/* One rollout from its creation to a decode; stops at the first failure. */
struct stand {
  struct vordec_session *session;
  struct vordec_plan *plan;
  struct vordec_backend_rollout *rollout;
  struct outputs outputs;
  double *z, *row; /* all states; the one that is decoded */
};

static struct vordec_plan_desc plan_desc(void) {
  struct vordec_plan_desc desc = sample_plan(&sample, 1);
  desc.fft = "direct"; /* VkFFT's calls have their turn elsewhere */
  return desc;
}

static void stand_open(struct stand *stand) {
  const struct vordec_plan_desc desc = plan_desc();
  struct vordec_plan_info info;
  *stand = (struct stand){.session = harness_session(&harness), .z = calloc(STATES * sample.d, sizeof *stand->z)};
  stand->row = calloc(sample.d, sizeof *stand->row);
  assert_non_null(stand->z);
  assert_non_null(stand->row);
  stand->plan = driver_plan(&harness, stand->session, &desc, &info);
  outputs_create(&stand->outputs, &desc, 1);
}

static void stand_close(struct stand *stand) {
  roller_interface(&harness)->destroy(stand->rollout);
  harness.backend->plan_destroy(stand->plan);
  harness.backend->close(stand->session);
  outputs_destroy(&stand->outputs);
  free(stand->z);
  free(stand->row);
  assert_int_equal(faults_live(), 0);
  assert_int_equal(harness_left(&harness), 0);
}

static const struct vordec_trail_interface *trail_of(void) {
  return harness.backend->get_interface(VORDEC_TRAIL_INTERFACE);
}

static enum vordec_status go(struct stand *stand, enum reach stage, struct vordec_error *error) {
  const struct vordec_rollout_interface *interface = roller_interface(&harness);
  const struct vordec_rollout_setup setup = {
      .struct_size = sizeof setup, .d = sample.d, .a = matrix, .z0 = several, .states = STATES};
  struct vordec_rollout_result advanced = {.struct_size = sizeof advanced};
  struct vordec_decode_result decoded = {.struct_size = sizeof decoded};
  struct vordec_decode_job job = driver_job(&sample, &stand->outputs, ALL_RESIDUALS);
  job.z = NULL;
  job.rollout = stand->rollout;
  job.rollout_state = (ROWS - 1) * STATES + STATE;
  switch (stage) {
  case REACH_CREATE:
    return interface->create(stand->session, &setup, &stand->rollout, error);
  case REACH_ADVANCE:
    return interface->advance(stand->rollout, STEPS - ROWS, &advanced, error);
  case REACH_RESERVE:
    return trail_of()->reserve(stand->rollout, ROWS, error);
  case REACH_WALK:
    return trail_of()->walk(stand->rollout, ROWS, 1, &advanced, error);
  case REACH_READ:
    return interface->read(stand->rollout, stand->z, error);
  case REACH_READ_ROW:
    return trail_of()->read(stand->rollout, job.rollout_state, 1, stand->row, error);
  case REACH_DECODE:
  case REACH_DONE:
    break;
  }
  return harness.backend->decode(stand->plan, &job, &decoded, error);
}

static enum vordec_status go_stage(void *stand, int stage, struct vordec_error *error) {
  return go(stand, (enum reach)stage, error);
}

static struct fault_run go_on(struct stand *stand, enum reach from) {
  return fault_run_go(go_stage, stand, from, REACH_DONE);
}

static bool is_right(const struct stand *stand) {
  const struct outputs *outputs = &stand->outputs;
  const size_t field = outputs->cells * sizeof(float);
  return memcmp(stand->z + STATE * sample.d, expected_z, sample.d * sizeof *expected_z) == 0 &&
         memcmp(stand->row, expected_z, sample.d * sizeof *expected_z) == 0 &&
         memcmp(outputs->omega_lp, expected.omega_lp, field) == 0 &&
         memcmp(outputs->omega_hat, expected.omega_hat, field) == 0 &&
         memcmp(outputs->mask, expected.mask, outputs->cells) == 0;
}

/* What broke off says so again; anything else can be done once more and then comes out right. */
static void check_afterwards(struct stand *stand, const struct fault_run *run, const char *call) {
  const bool lost = run->status == VORDEC_E_DEVICE_LOST;
  const bool broke_off =
      (run->reach == REACH_ADVANCE || run->reach == REACH_WALK) && strcmp(call, "vkGetQueryPoolResults") == 0;
  struct vordec_error error = {0};
  if (lost || broke_off) {
    const enum reach end = run->reach == REACH_CREATE ? REACH_ADVANCE : REACH_DONE; /* no rollout, nothing to advance */
    for (enum reach stage = run->reach; stage < end; stage++) {
      assert_int_equal(go(stand, stage, &error), run->status);
      if (broke_off) assert_non_null(strstr(error.message, call));
    }
    assert_true(outputs_untouched(&stand->outputs));
    return;
  }
  const struct fault_run again = go_on(stand, run->reach);
  driver_must(again.status, &again.error);
  if (!is_right(stand)) fail_msg("after a failed %s: another result", call);
}

static void check_run(struct stand *stand, const struct fault_run *run, unsigned number, VkResult result) {
  fault_run_check(run, number, result);
  if (run->reach == REACH_CREATE) assert_null(stand->rollout);
  if (run->reach == REACH_DECODE) assert_true(outputs_untouched(&stand->outputs));
  check_afterwards(stand, run, faults_failed());
}

static void fail_each_call(VkResult result, const char *name) {
  struct stand stand;
  stand_open(&stand);
  faults_note();
  const struct fault_run good = go_on(&stand, REACH_CREATE);
  const unsigned total = faults_calls();
  unsigned failed = 0;
  driver_must(good.status, &good.error);
  assert_true(is_right(&stand));
  stand_close(&stand);
  assert_true(total > 40);
  for (unsigned i = 1; i <= total; i++) {
    if (!faults_worth(i, result)) continue;
    failed++;
    stand_open(&stand);
    faults_arm(i, result);
    const struct fault_run run = go_on(&stand, REACH_CREATE);
    check_run(&stand, &run, i, result);
    faults_arm(0, VK_SUCCESS);
    stand_close(&stand);
  }
  fprintf(stderr, "  %u of %u calls failed in turn with %s\n", failed, total, name);
}

static void out_of_host_memory(void **state) {
  (void)state;
  fail_each_call(VK_ERROR_OUT_OF_HOST_MEMORY, "VK_ERROR_OUT_OF_HOST_MEMORY");
}

static void device_lost(void **state) {
  (void)state;
  fail_each_call(VK_ERROR_DEVICE_LOST, "VK_ERROR_DEVICE_LOST");
}

/* Once it is made, a rollout makes nothing more than rows where room is asked for: neither objects nor host memory. A
 * read of a row takes what it gives back. */
static void nothing_is_made_later(void **state) {
  (void)state;
  struct stand stand;
  struct vordec_error error = {0};
  stand_open(&stand);
  driver_must(go(&stand, REACH_CREATE, &error), &error);
  driver_must(go(&stand, REACH_RESERVE, &error), &error);
  const long objects = faults_live(), allocations = harness_left(&harness);
  faults_arm(0, VK_SUCCESS);
  for (enum reach stage = REACH_ADVANCE; stage < REACH_DONE; stage++) {
    driver_must(go(&stand, stage, &error), &error);
    assert_int_equal(faults_live(), objects);
    assert_int_equal(harness_left(&harness), allocations);
  }
  assert_int_equal(faults_submissions(), 5); /* one each, but for reserve() */
  stand_close(&stand);
}

/* The second of two submissions cannot be made: the state is neither here nor there. */
static void broken_off(void **state) {
  (void)state;
  struct stand stand;
  struct vordec_rollout_result result = {.struct_size = sizeof result};
  struct vordec_error error = {0};
  bool second = false;
  for (unsigned i = 1; !second; i++) {
    assert_true(i < 20);
    stand_open(&stand);
    driver_must(go(&stand, REACH_CREATE, &error), &error);
    faults_arm(i, VK_ERROR_OUT_OF_DEVICE_MEMORY);
    const enum vordec_status status = roller_interface(&harness)->advance(stand.rollout, 5000, &result, &error);
    second = strcmp(faults_failed(), "vkQueueSubmit") == 0 && faults_submissions() == 2;
    if (second) {
      assert_int_equal(status, VORDEC_E_NO_MEMORY);
      for (enum reach stage = REACH_ADVANCE; stage < REACH_DONE; stage++) {
        assert_int_equal(go(&stand, stage, &error), VORDEC_E_NO_MEMORY);
        assert_non_null(strstr(error.message, "was lost"));
      }
    }
    faults_arm(0, VK_SUCCESS);
    stand_close(&stand);
  }
}

/* Host memory runs out at each allocation of create() in turn. */
static void host_allocations(void **state) {
  (void)state;
  struct stand stand;
  long limit = 0;
  for (bool done = false; !done; limit++) {
    struct vordec_error error = {0};
    stand_open(&stand);
    harness.backend->plan_destroy(stand.plan);
    stand.plan = NULL;
    counting_host_refuse(&harness.host, (size_t)limit + 1, true);
    const enum vordec_status status = go(&stand, REACH_CREATE, &error);
    counting_host_refuse(&harness.host, 0, false);
    done = status == VORDEC_OK;
    if (!done) assert_int_equal(status, VORDEC_E_NO_MEMORY);
    stand_close(&stand);
  }
  assert_int_equal(limit - 1, 3); /* the rollout, its pipeline, its commands */
}

static int open_all(void **state) {
  (void)state;
  if (!harness_open(&harness)) return 1;
  harness.threads = 1;
  sample_create(&sample, 8, 2, 4, 0, 1);
  matrix = roller_operator(sample.d, 2 * sample.m + 3);
  several = calloc(STATES * sample.d, sizeof *several);
  memcpy(several + STATE * sample.d, sample.z, sample.d * sizeof *several);
  harness.debug->set_table_hook(faults_hook);
  struct stand stand;
  stand_open(&stand);
  const struct vordec_plan_desc desc = plan_desc();
  outputs_create(&expected, &desc, 1);
  const struct fault_run run = go_on(&stand, REACH_CREATE);
  struct vordec_backend_rollout *alone =
      roller_create(&harness, stand.session, sample.d, VORDEC_FP32, matrix, sample.z);
  roller_advance(&harness, alone, STEPS);
  expected_z = roller_read(&harness, alone, sample.d);
  roller_interface(&harness)->destroy(alone);
  memcpy(expected.omega_lp, stand.outputs.omega_lp, expected.cells * sizeof(float));
  memcpy(expected.omega_hat, stand.outputs.omega_hat, expected.cells * sizeof(float));
  memcpy(expected.mask, stand.outputs.mask, expected.cells);
  stand_close(&stand);
  return run.status != VORDEC_OK;
}

static int close_all(void **state) {
  (void)state;
  harness.debug->set_table_hook(NULL);
  outputs_destroy(&expected);
  sample_destroy(&sample);
  free(matrix);
  free(several);
  free(expected_z);
  fprintf(stderr, "validation messages: %llu\n", (unsigned long long)harness.debug->validation_messages());
  return harness.debug->validation_messages() != 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(out_of_host_memory), cmocka_unit_test(device_lost),      cmocka_unit_test(nothing_is_made_later),
      cmocka_unit_test(broken_off),         cmocka_unit_test(host_allocations),
  };
  return cmocka_run_group_tests_name("vulkan rollout faults", tests, open_all, close_all);
}
