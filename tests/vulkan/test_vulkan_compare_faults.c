/* SPDX-License-Identifier: MIT */
/*
 * A failure of Vulkan calls while a comparer is made and compares: a status that tells the truth, nothing leaked, and
 * afterwards the same sums as ever.
 */
#include "driver.h"
#include "fault_run.h"
#include "flow_sums.h"
#include "vulkan_faults.h"

#include <stdlib.h>
#include <string.h>

#define N 4u
#define CELLS (N * N)
#define SHELLS 4u  /* |k| up to sqrt(8), rounded */
#define STRIDE 30u /* of calls that fail in sessions of their own, each of which compiles everything */

static struct harness harness;
static double start[CELLS];

/* All that a comparison gives, in one piece. */
struct sums {
  struct vordec_field_moments moments;
  struct vordec_pair_moments pair;
  double shell[SHELLS], copy[CELLS];
};
static struct sums expected;

enum reach { REACH_CREATE = 0, REACH_KEEP, REACH_COMPARE, REACH_DONE };

/* A comparer from its creation to its sums; stops at the first failure. */
struct stand {
  struct vordec_session *session;
  struct vordec_backend_comparer *comparer;
  struct sums sums;
};

static const struct vordec_compare_interface *interface_of(void) {
  const struct vordec_compare_interface *interface = harness.backend->get_interface(VORDEC_COMPARE_INTERFACE);
  assert_non_null(interface);
  return interface;
}

static void stand_open(struct stand *stand) {
  *stand = (struct stand){.session = harness_session(&harness)};
}

static void stand_close(struct stand *stand) {
  interface_of()->destroy(stand->comparer);
  harness.backend->close(stand->session);
  assert_int_equal(faults_live(), 0);
  assert_int_equal(harness_left(&harness), 0);
}

static enum vordec_status compare(struct stand *stand, bool keeps, struct vordec_error *error) {
  static const struct vordec_compare_pair pair = {0, -0.5};
  double twice[CELLS];
  struct vordec_compare_result result = {.struct_size = sizeof result};
  struct vordec_compare_job job = {
      .struct_size = sizeof job, .field = VORDEC_NO_FIELD, .keep = keeps ? 0 : VORDEC_NO_FIELD, .add = VORDEC_NO_FIELD};
  for (size_t i = 0; i < CELLS; i++) twice[i] = 2 * start[i] + (double)i;
  if (keeps) {
    job.omega = twice;
    return interface_of()->compare(stand->comparer, &job, &result, error);
  }
  job.omega = start;
  job.add = 1;
  job.pairs = 1;
  job.pair = &pair;
  job.moments = &stand->sums.moments;
  job.against = &stand->sums.pair;
  job.shell = stand->sums.shell;
  job.copy = stand->sums.copy;
  return interface_of()->compare(stand->comparer, &job, &result, error);
}

static enum vordec_status go(struct stand *stand, enum reach stage, struct vordec_error *error) {
  const struct vordec_compare_setup setup = {.struct_size = sizeof setup, .n = N, .fields = 2, .pairs = 1};
  struct vordec_plan_info info = {.struct_size = sizeof info};
  if (stage == REACH_CREATE) return interface_of()->create(stand->session, &setup, &stand->comparer, &info, error);
  return compare(stand, stage == REACH_KEEP, error);
}

static enum vordec_status go_stage(void *stand, int stage, struct vordec_error *error) {
  return go(stand, (enum reach)stage, error);
}

static struct fault_run go_on(struct stand *stand, enum reach from) {
  return fault_run_go(go_stage, stand, from, REACH_DONE);
}

static void discard(struct stand *stand) {
  interface_of()->destroy(stand->comparer);
  stand->comparer = NULL;
}

/* What failed can be done once more, and then comes out right, unless the device is lost. */
static void check_run(struct stand *stand, const struct fault_run *run, unsigned number, VkResult result) {
  const char *call = faults_failed();
  const bool lost = fault_run_check(run, number, result);
  if (run->reach == REACH_CREATE) assert_null(stand->comparer);
  if (lost) {
    struct vordec_error error = {0};
    if (run->reach != REACH_CREATE) assert_int_equal(go(stand, run->reach, &error), VORDEC_E_DEVICE_LOST);
    return;
  }
  const struct fault_run again = go_on(stand, run->reach);
  driver_must(again.status, &again.error);
  if (memcmp(&stand->sums, &expected, sizeof expected) != 0) fail_msg("after a failed %s: other sums", call);
}

/* Fails the calls of a comparer's life in turn, those that faults_worth() names. In a session that has made one before,
 * until the device is lost, or in one of its own, where its kernels are made. */
static void fail_calls(VkResult result, bool own_session) {
  struct stand stand;
  stand_open(&stand);
  if (!own_session) driver_must(go_on(&stand, REACH_CREATE).status, &(struct vordec_error){0});
  discard(&stand);
  faults_note();
  driver_must(go_on(&stand, REACH_CREATE).status, &(struct vordec_error){0});
  const unsigned calls = faults_calls();
  discard(&stand);
  if (own_session) stand_close(&stand);
  unsigned failed = 0, worth = 0;
  for (unsigned i = 1; i <= calls; i++) {
    if (!faults_worth(i, result) || (own_session && !harness_thorough(&harness) && worth++ % STRIDE)) continue;
    if (own_session) stand_open(&stand);
    const long objects = faults_live(), allocations = harness_left(&harness);
    faults_arm(i, result);
    const struct fault_run run = go_on(&stand, REACH_CREATE);
    if (run.status != VORDEC_OK || !fault_run_spared()) check_run(&stand, &run, i, result);
    failed++;
    faults_arm(0, VK_SUCCESS);
    discard(&stand);
    if (own_session) {
      stand_close(&stand);
    } else if (run.status == VORDEC_E_DEVICE_LOST) {
      stand_close(&stand);
      stand_open(&stand);
      driver_must(go_on(&stand, REACH_CREATE).status, &(struct vordec_error){0});
      discard(&stand);
    } else {
      assert_int_equal(faults_live(), objects);
      assert_int_equal(harness_left(&harness), allocations);
    }
  }
  if (!own_session) stand_close(&stand);
  fprintf(stderr, "  %u of %u calls failed in turn\n", failed, calls);
  assert_true(calls > 20 && failed > (own_session ? 2 : 10));
}

static void in_a_new_session(void **state) {
  (void)state;
  fail_calls(VK_ERROR_OUT_OF_HOST_MEMORY, true);
}

static void once_more(void **state) {
  (void)state;
  fail_calls(VK_ERROR_OUT_OF_DEVICE_MEMORY, false);
}

static void device_lost(void **state) {
  (void)state;
  fail_calls(VK_ERROR_DEVICE_LOST, false);
}

/* Host memory runs out. */
static void host_allocations(void **state) {
  (void)state;
  struct stand stand;
  size_t limit = 0;
  stand_open(&stand);
  for (bool done = false; !done; limit++) {
    struct vordec_error error = {0};
    counting_host_refuse(&harness.host, limit + 1, true);
    const enum vordec_status status = go(&stand, REACH_CREATE, &error);
    counting_host_refuse(&harness.host, 0, false);
    done = status == VORDEC_OK;
    if (!done) assert_int_equal(status, VORDEC_E_NO_MEMORY);
    if (!done) assert_null(stand.comparer);
    discard(&stand);
  }
  stand_close(&stand);
  assert_true(limit > 1);
}

static int open_all(void **state) {
  (void)state;
  if (!harness_open(&harness)) return 1;
  if (!(harness.device.capabilities & VORDEC_CAP_FP64)) exit(0); /* then there are no comparers */
  harness.threads = 1;
  harness.debug->set_table_hook(faults_hook);
  flow_sums_start(N, 1, 0.1, 1, start);
  struct stand stand;
  stand_open(&stand);
  const struct fault_run run = go_on(&stand, REACH_CREATE);
  expected = stand.sums;
  stand_close(&stand);
  return run.status != VORDEC_OK;
}

static int close_all(void **state) {
  (void)state;
  harness.debug->set_table_hook(NULL);
  fprintf(stderr, "validation messages: %llu\n", (unsigned long long)harness.debug->validation_messages());
  return harness.debug->validation_messages() != 0;
}

int main(int argc, char **argv) {
  if (argc > 1) cmocka_set_test_filter(argv[1]);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(in_a_new_session),
      cmocka_unit_test(once_more),
      cmocka_unit_test(device_lost),
      cmocka_unit_test(host_allocations),
  };
  return cmocka_run_group_tests_name("vulkan compare faults", tests, open_all, close_all);
}
