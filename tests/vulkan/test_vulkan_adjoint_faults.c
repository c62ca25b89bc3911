/* SPDX-License-Identifier: MIT */
/*
 * A failure of each Vulkan call in turn while an adjoint is made and run: a status that tells the truth, nothing
 * leaked, and the right derivatives afterwards; and the validation layer has nothing to say.
 */
#include "conformance/reference_adjoint.h"
#include "driver.h"
#include "vulkan_faults.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define N 6u
#define CELLS (N * N)
#define M 5u /* |k| <= 1 */
#define ANCHORS 3u
#define D (2 * M + 4 + 2 * ANCHORS)
#define STATES 2u

static struct harness harness;
static const uint32_t low_index[M] = {0, 1, 5, 6, 30}, anchor_index[ANCHORS] = {8, 15, 35};
static const uint32_t kept[STATES] = {ANCHORS, 1};
static float cotangents[2][STATES * CELLS];
static int8_t mask[STATES * CELLS];
static double expected_z[STATES * D], expected_residual[STATES * CELLS];

static const struct vordec_adjoint_interface *adjoint_interface(void) {
  const struct vordec_adjoint_interface *found = harness.backend->get_interface(VORDEC_ADJOINT_INTERFACE);
  assert_non_null(found);
  return found;
}

static struct vordec_plan_desc describe(void) {
  return (struct vordec_plan_desc){.struct_size = sizeof(struct vordec_plan_desc),
                                   .n = N,
                                   .batch = STATES,
                                   .fft = "auto",
                                   .d = D,
                                   .m = M,
                                   .anchors = ANCHORS,
                                   .low_index = low_index,
                                   .anchor_index = anchor_index,
                                   .max_kept = ANCHORS,
                                   .smooth_width = 1,
                                   .tau = 0.35,
                                   .gate = VORDEC_GATE_SIGNED,
                                   .include_anchors = true,
                                   .outputs = VORDEC_OMEGA_LP | VORDEC_OMEGA_HAT,
                                   .residuals = VORDEC_RESIDUAL_FIELD};
}

static void make_cotangents(void) {
  double lp[CELLS], hat[CELLS];
  const struct vordec_plan_desc desc = describe();
  for (uint32_t state = 0; state < STATES; state++) {
    for (uint32_t i = 0; i < CELLS; i++) {
      const uint32_t at = state * CELLS + i;
      cotangents[0][at] = (float)sin(1.3 * at + 0.2);
      cotangents[1][at] = (float)cos(2.1 * at + 0.7);
      mask[at] = (int8_t)((int)(at * 7 % 3) - 1);
      lp[i] = (double)cotangents[0][at];
      hat[i] = (double)cotangents[1][at];
    }
    const struct reference_adjoint one = {.omega_lp = lp,
                                          .omega_hat = hat,
                                          .mask = mask + (size_t)state * CELLS,
                                          .kept = kept[state],
                                          .z = expected_z + (size_t)state * D,
                                          .residual = expected_residual + (size_t)state * CELLS};
    reference_adjoint(&desc, &one);
  }
}

/* ---- an adjoint and what becomes of it ---- */

struct stand {
  struct vordec_session *session;
  struct vordec_backend_adjoint *adjoint;
};

static void stand_open(struct stand *stand) {
  faults_arm(0, VK_SUCCESS);
  *stand = (struct stand){.session = harness_session(&harness)};
}

static void stand_close(struct stand *stand) {
  adjoint_interface()->destroy(stand->adjoint);
  harness.backend->close(stand->session);
  assert_int_equal(faults_live(), 0);
}

static enum vordec_status make(struct stand *stand, struct vordec_error *error) {
  const struct vordec_plan_desc desc = describe();
  struct vordec_plan_info info = {.struct_size = sizeof info};
  return adjoint_interface()->create(stand->session, &desc, &stand->adjoint, &info, error);
}

/* A run that succeeds has the right derivatives, one that fails has none. */
static enum vordec_status run(struct stand *stand, struct vordec_error *error) {
  double z[STATES * D];
  float residual[STATES * CELLS];
  struct vordec_adjoint_result result = {.struct_size = sizeof result};
  const struct vordec_adjoint_job job = {.struct_size = sizeof job,
                                         .count = STATES,
                                         .omega_lp = cotangents[0],
                                         .omega_hat = cotangents[1],
                                         .mask = mask,
                                         .kept = kept,
                                         .z = z,
                                         .residual = residual};
  for (size_t i = 0; i < STATES * D; i++) z[i] = NAN;
  for (size_t i = 0; i < STATES * CELLS; i++) residual[i] = NAN;
  const enum vordec_status status = adjoint_interface()->run(stand->adjoint, &job, &result, error);
  for (size_t i = 0; i < STATES * D; i++) {
    if (status)
      assert_true(isnan(z[i]));
    else
      driver_near(z[i], expected_z[i], 1e-4, "z");
  }
  for (size_t i = 0; i < STATES * CELLS; i++) {
    if (status)
      assert_true(isnan(residual[i]));
    else
      driver_near((double)residual[i], expected_residual[i], 0.0, "residual");
  }
  if (!status) assert_int_equal(result.evidence.dispatches_completed, result.evidence.dispatches_recorded);
  return status;
}

static void forget(struct stand *stand) {
  adjoint_interface()->destroy(stand->adjoint);
  stand->adjoint = NULL;
}

/* Makes one and runs it, with the number-th call failing; true: the session lives on. */
static bool fail_one(struct stand *stand, unsigned number, VkResult failure) {
  struct vordec_error error = {0};
  faults_arm(number, failure);
  enum vordec_status status = make(stand, &error);
  if (status) assert_null(stand->adjoint);
  if (!status) status = run(stand, &error);
  const char *call = faults_failed();
  faults_arm(0, VK_SUCCESS);
  assert_non_null(call);
  const bool dead = failure == VK_ERROR_DEVICE_LOST || strcmp(call, "vkWaitForFences") == 0;
  if (status == VORDEC_OK) {
    assert_string_equal(call, "vkGetPipelineCacheData"); /* a session can do without */
    return true;
  }
  if (status != (dead ? VORDEC_E_DEVICE_LOST : VORDEC_E_NO_MEMORY) || !strstr(error.message, call)) {
    fail_msg("call %u, %s: status %d, \"%s\"", number, call, (int)status, error.message);
  }
  if (dead) return false;
  if (!stand->adjoint) driver_must(make(stand, &error), &error);
  driver_must(run(stand, &error), &error);
  return true;
}

/* Calls of making one and running it, in a session that has all pipelines. */
static unsigned count_calls(struct stand *stand) {
  struct vordec_error error = {0};
  unsigned calls = 0;
  for (int twice = 0; twice < 2; twice++) {
    faults_arm(0, VK_SUCCESS);
    driver_must(make(stand, &error), &error);
    driver_must(run(stand, &error), &error);
    calls = faults_calls();
    forget(stand);
  }
  return calls;
}

static void fail_calls(VkResult failure, unsigned stride) {
  struct stand stand;
  stand_open(&stand);
  const unsigned calls = count_calls(&stand);
  assert_true(calls > 60);
  for (unsigned i = 1; i <= calls; i += stride) {
    const long objects = faults_live(), allocations = harness_left(&harness);
    const bool alive = fail_one(&stand, i, failure);
    forget(&stand);
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
  fail_calls(VK_ERROR_OUT_OF_HOST_MEMORY, 1);
}

static void device_lost(void **state) {
  (void)state;
  fail_calls(VK_ERROR_DEVICE_LOST, 17);
}

/* Once it is made, an adjoint makes nothing more, and a run is one submission. */
static void nothing_is_made_later(void **state) {
  (void)state;
  struct stand stand;
  struct vordec_error error = {0};
  stand_open(&stand);
  driver_must(make(&stand, &error), &error);
  const long objects = faults_live(), allocations = harness_left(&harness);
  for (int again = 0; again < 100; again++) {
    faults_arm(0, VK_SUCCESS);
    driver_must(run(&stand, &error), &error);
    assert_int_equal(faults_submissions(), 1);
  }
  assert_int_equal(faults_live(), objects);
  assert_int_equal(harness_left(&harness), allocations);
  stand_close(&stand);
}

/* ---- cotangents that others write, and derivatives that others see ---- */

static const struct vordec_adjoint_shared_interface *shared_interface(void) {
  const struct vordec_adjoint_shared_interface *found = harness.backend->get_interface(VORDEC_ADJOINT_SHARED_INTERFACE);
  assert_non_null(found);
  return found;
}

static enum vordec_status write_inputs(struct vordec_backend_adjoint *adjoint, struct vordec_error *error) {
  const struct vordec_adjoint_shared_interface *shared = shared_interface();
  const float k[STATES] = {(float)kept[0], (float)kept[1]};
  float nothing[STATES * D];
  memset(nothing, 0xff, sizeof nothing);
  enum vordec_status status = shared->write(adjoint, VORDEC_ADJOINT_Z, 0, sizeof nothing, nothing, error);
  if (!status) status = shared->write(adjoint, VORDEC_ADJOINT_K, 0, sizeof k, k, error);
  if (!status) status = shared->write(adjoint, VORDEC_ADJOINT_LP, 0, sizeof cotangents[0], cotangents[0], error);
  return status ? status : shared->write(adjoint, VORDEC_ADJOINT_HAT, 0, sizeof cotangents[1], cotangents[1], error);
}

static enum vordec_status look(struct vordec_backend_adjoint *adjoint, struct vordec_error *error) {
  float z[STATES * D];
  int fd = -1;
  enum vordec_status status = shared_interface()->read(adjoint, VORDEC_ADJOINT_Z, 0, sizeof z, z, error);
  for (size_t i = 0; i < STATES * D && !status; i++) driver_near((double)z[i], expected_z[i], 1e-4, "z");
  if (!status) status = shared_interface()->memory_fd(adjoint, VORDEC_ADJOINT_Z, &fd, error);
  if (!status) assert_int_equal(close(fd), 0);
  return status;
}

/* Made, run and looked at; llvmpipe shares no semaphores. */
static enum vordec_status cycle(struct vordec_session *session, struct vordec_error *error) {
  const struct vordec_adjoint_shared_interface *shared = shared_interface();
  const struct vordec_plan_desc desc = describe();
  const struct vordec_adjoint_shared_job job = {
      .struct_size = sizeof job, .count = STATES, .omega_lp = true, .omega_hat = true, .z = true};
  struct vordec_backend_adjoint *adjoint = NULL;
  struct vordec_plan_info info = {.struct_size = sizeof info};
  struct vordec_adjoint_result result = {.struct_size = sizeof result};
  enum vordec_status status = shared->create(session, &desc, &adjoint, &info, error);
  if (!status) status = write_inputs(adjoint, error);
  if (!status) status = shared->start(adjoint, &job, error);
  if (!status) status = shared->wait(adjoint, &result, error);
  if (!status) assert_true(result.evidence.dispatches_completed > 0);
  if (!status) status = look(adjoint, error);
  shared->destroy(adjoint);
  return status;
}

static void each_call_of_shared_ones(void **state) {
  struct vordec_error error = {0};
  bool seen = false;
  (void)state;
  struct vordec_session *session = harness_session(&harness);
  driver_must(cycle(session, &error), &error); /* what the session keeps is there now */
  long live = faults_live();
  faults_note();
  driver_must(cycle(session, &error), &error);
  const unsigned total = faults_calls();
  assert_true(total > 60);
  for (unsigned i = 1; i <= total; i++) {
    if (!faults_worth(i, VK_ERROR_OUT_OF_HOST_MEMORY)) continue;
    faults_arm(i, VK_ERROR_OUT_OF_HOST_MEMORY);
    const enum vordec_status status = cycle(session, &error);
    faults_arm(0, VK_SUCCESS);
    if (!status) continue; /* a cache that is not kept, say */
    seen = seen || strstr(error.message, "vkGetMemoryFdKHR");
    if (status == VORDEC_E_DEVICE_LOST) { /* a wait that failed ends a session */
      harness.backend->close(session);
      assert_int_equal(faults_live(), 0);
      session = harness_session(&harness);
      driver_must(cycle(session, &error), &error);
      live = faults_live();
      continue;
    }
    assert_int_equal(status, VORDEC_E_NO_MEMORY);
    assert_int_equal(faults_live(), live);
  }
  assert_true(seen);
  driver_must(cycle(session, &error), &error);
  harness.backend->close(session);
  assert_int_equal(faults_live(), 0);
}

/* One that nobody has waited for ends with the adjoint. */
static void a_run_left_alone(void **state) {
  struct vordec_error error = {0};
  const struct vordec_plan_desc desc = describe();
  const struct vordec_adjoint_shared_job job = {.struct_size = sizeof job, .count = 1, .omega_lp = true, .z = true};
  struct vordec_backend_adjoint *adjoint = NULL;
  struct vordec_plan_info info = {.struct_size = sizeof info};
  (void)state;
  struct vordec_session *session = harness_session(&harness);
  driver_must(shared_interface()->create(session, &desc, &adjoint, &info, &error), &error);
  driver_must(shared_interface()->start(adjoint, &job, &error), &error);
  shared_interface()->destroy(adjoint);
  shared_interface()->destroy(NULL);
  driver_must(cycle(session, &error), &error);
  harness.backend->close(session);
  assert_int_equal(faults_live(), 0);
}

static int open_all(void **state) {
  (void)state;
  struct stand stand;
  if (!harness_open(&harness)) return 1;
  harness.threads = 1;
  make_cotangents();
  stand_open(&stand);
  count_calls(&stand); /* whatever the driver keeps for ever is there then */
  stand_close(&stand);
  harness.debug->set_table_hook(faults_hook);
  return 0;
}

static int close_all(void **state) {
  (void)state;
  harness.debug->set_table_hook(NULL);
  fprintf(stderr, "validation messages: %llu\n", (unsigned long long)harness.debug->validation_messages());
  return harness.debug->validation_messages() != 0 || harness_left(&harness) != 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(out_of_host_memory),    cmocka_unit_test(device_lost),
      cmocka_unit_test(nothing_is_made_later), cmocka_unit_test(each_call_of_shared_ones),
      cmocka_unit_test(a_run_left_alone),
  };
  return cmocka_run_group_tests_name("vulkan adjoint faults", tests, open_all, close_all);
}
