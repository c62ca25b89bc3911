/* SPDX-License-Identifier: MIT */
/*
 * A failure of each Vulkan call in turn (the first and the last along each way to them; VORDEC_TEST_THOROUGH=1: each),
 * VkFFT's included: a status that tells the truth, nothing written, nothing leaked, and a session that is dead exactly
 * where it must be.
 */
#include "driver.h"
#include "vulkan_faults.h"

#include <stdlib.h>
#include <string.h>

static const char *fft = "vkfft";
static uint32_t grid = 8;
static struct harness harness;
static struct sample sample;
static struct outputs expected; /* of the decode that nothing disturbed */

/* How far a run came. */
enum reach { REACH_OPEN = 0, REACH_PLAN, REACH_DECODE, REACH_DONE };

struct run {
  enum reach reach; /* where it failed, or REACH_DONE */
  enum vordec_status status;
  struct vordec_error error;
  struct vordec_decode_result result;
};

static bool same_bits(const struct outputs *outputs) {
  const size_t field = outputs->count * outputs->cells * sizeof(float);
  return memcmp(outputs->omega_lp, expected.omega_lp, field) == 0 &&
         memcmp(outputs->omega_hat, expected.omega_hat, field) == 0 &&
         memcmp(outputs->mask, expected.mask, outputs->count * outputs->cells) == 0 &&
         memcmp(outputs->scalars, expected.scalars, outputs->count * sizeof *outputs->scalars) == 0;
}

/* After a failed decode: a dead session says so again, a living one still decodes rightly. */
static void check_afterwards(struct vordec_plan *plan, const struct vordec_decode_job *job, const struct run *run,
                             struct outputs *outputs) {
  struct vordec_error error = {0};
  struct vordec_decode_result result = {.struct_size = sizeof result};
  const enum vordec_status status = harness.backend->decode(plan, job, &result, &error);
  if (run->status == VORDEC_E_DEVICE_LOST || run->status == VORDEC_E_TIMEOUT) {
    assert_int_equal(status, run->status);
    assert_true(outputs_untouched(outputs));
    return;
  }
  driver_must(status, &error);
  assert_true(same_bits(outputs));
}

static struct run run_once(struct outputs *outputs) {
  struct run run = {.result = {.struct_size = sizeof run.result}};
  struct vordec_session *session = NULL;
  struct vordec_plan *plan = NULL;
  const struct vordec_session_desc desc = {
      .struct_size = sizeof desc, .device_index = harness.device.index, .threads = 1};
  struct vordec_plan_desc plan_desc = sample_plan(&sample, 2);
  plan_desc.fft = fft; /* not auto, which measures, and remembers: the calls would differ from run to run */
  struct vordec_plan_info info = {.struct_size = sizeof info};
  const struct vordec_decode_job job = driver_job(&sample, outputs, ALL_RESIDUALS);
  outputs_fill(outputs);
  run.status = harness.backend->open(&harness.host.table, &desc, &session, &run.error);
  if (run.status) return run;
  run.reach = REACH_PLAN;
  run.status = harness.backend->plan_create(session, &plan_desc, &plan, &info, &run.error);
  if (!run.status) {
    assert_string_equal(info.fft, fft);
    run.reach = REACH_DECODE;
    run.status = harness.backend->decode(plan, &job, &run.result, &run.error);
    if (run.status) {
      assert_true(outputs_untouched(outputs));
      check_afterwards(plan, &job, &run, outputs);
    } else {
      run.reach = REACH_DONE;
    }
    harness.backend->plan_destroy(plan);
  } else if (run.status == VORDEC_E_DEVICE_LOST) {
    struct vordec_error error = {0};
    assert_int_equal(harness.backend->plan_create(session, &plan_desc, &plan, &info, &error), VORDEC_E_DEVICE_LOST);
  }
  harness.backend->close(session);
  return run;
}

/* The few calls that a run can do without. */
static bool is_optional(const char *call) {
  return strcmp(call, "vkGetPipelineCacheData") == 0 || strcmp(call, "vkEnumerateInstanceExtensionProperties") == 0;
}

static enum vordec_status expected_status(VkResult result, const char *call, enum reach reach) {
  if (strcmp(call, "vkCreateInstance") == 0 && result == VK_ERROR_OUT_OF_HOST_MEMORY) return VORDEC_E_UNSUPPORTED;
  if (strcmp(call, "vkWaitForFences") == 0) return VORDEC_E_DEVICE_LOST;
  (void)reach;
  return result == VK_ERROR_DEVICE_LOST ? VORDEC_E_DEVICE_LOST : VORDEC_E_NO_MEMORY;
}

static void check_run(const struct run *run, unsigned number, VkResult result, const struct outputs *outputs) {
  const char *call = faults_failed();
  assert_non_null(call);
  assert_int_equal(faults_live(), 0);
  assert_int_equal(harness_left(&harness), 0);
  if (is_optional(call)) {
    if (run->status) fail_msg("call %u, %s: %s", number, call, run->error.message);
    assert_true(same_bits(outputs));
    return;
  }
  if (run->status != expected_status(result, call, run->reach)) {
    fail_msg("call %u, %s: status %d, \"%s\"", number, call, (int)run->status, run->error.message);
  }
  assert_non_null(strstr(run->error.message, call));
}

static void fail_each_call(VkResult result, const char *name) {
  struct outputs outputs;
  const struct vordec_plan_desc plan_desc = sample_plan(&sample, 2);
  outputs_create(&outputs, &plan_desc, 2);
  faults_note();
  const struct run good = run_once(&outputs);
  const unsigned total = faults_calls();
  unsigned failed = 0;
  if (good.status) fail_msg("%s", good.error.message);
  assert_true(same_bits(&outputs));
  assert_true(total > 90);
  for (unsigned i = 1; i <= total; i++) {
    if (!faults_worth(i, result)) continue;
    failed++;
    faults_arm(i, result);
    const struct run run = run_once(&outputs);
    check_run(&run, i, result, &outputs);
    if (run.status) assert_non_null(strstr(run.error.message, name));
  }
  fprintf(stderr, "  %u of %u calls failed in turn with %s\n", failed, total, name);
  assert_true(failed > 2);
  outputs_destroy(&outputs);
}

static void out_of_host_memory(void **state) {
  (void)state;
  fail_each_call(VK_ERROR_OUT_OF_HOST_MEMORY, "VK_ERROR_OUT_OF_HOST_MEMORY");
}

static void device_lost(void **state) {
  (void)state;
  fail_each_call(VK_ERROR_DEVICE_LOST, "VK_ERROR_DEVICE_LOST");
}

/* The wait of a decode runs out: the session is dead, and closing it is still clean. */
static void timeout(void **state) {
  (void)state;
  struct outputs outputs;
  const struct vordec_plan_desc plan_desc = sample_plan(&sample, 2);
  outputs_create(&outputs, &plan_desc, 2);
  faults_note();
  run_once(&outputs);
  unsigned last = faults_calls();
  while (last > 0 && strcmp(faults_noted(last), "vkWaitForFences") != 0) last--;
  assert_true(last > 0);
  faults_arm(last, VK_TIMEOUT);
  const struct run run = run_once(&outputs);
  assert_string_equal(faults_failed(), "vkWaitForFences");
  assert_int_equal(run.reach, REACH_DECODE);
  assert_int_equal(run.status, VORDEC_E_TIMEOUT);
  assert_non_null(strstr(run.error.message, "VK_TIMEOUT"));
  assert_int_equal(faults_live(), 0);
  outputs_destroy(&outputs);
}

/* Host memory runs out at each allocation in turn. */
static void host_allocations(void **state) {
  (void)state;
  struct outputs outputs;
  const struct vordec_plan_desc plan_desc = sample_plan(&sample, 2);
  outputs_create(&outputs, &plan_desc, 2);
  faults_arm(0, VK_SUCCESS);
  long limit = 0;
  for (bool done = false; !done; limit++) {
    assert_true(limit < 5000);
    counting_host_refuse(&harness.host, (size_t)limit + 1, true);
    const struct run run = run_once(&outputs);
    counting_host_refuse(&harness.host, 0, false);
    assert_int_equal(faults_live(), 0);
    assert_int_equal(harness_left(&harness), 0);
    done = run.status == VORDEC_OK;
    if (!done && run.status != VORDEC_E_NO_MEMORY) fail_msg("allocation %ld: %s", limit, run.error.message);
  }
  fprintf(stderr, "  %ld host allocations failed in turn\n", limit - 1);
  outputs_destroy(&outputs);
}

static int open_all(void **state) {
  (void)state;
  if (!harness_open(&harness)) return 1;
  harness.threads = 1;
  sample_create(&sample, grid, 2, 4, 0, 2);
  const struct vordec_plan_desc desc = sample_plan(&sample, 2);
  outputs_create(&expected, &desc, 2);
  struct run run = run_once(&expected); /* also fills the disk cache: later runs load what this one compiles */
  harness.debug->set_table_hook(faults_hook);
  return run.status != VORDEC_OK;
}

static int close_all(void **state) {
  (void)state;
  harness.debug->set_table_hook(NULL);
  outputs_destroy(&expected);
  sample_destroy(&sample);
  fprintf(stderr, "validation messages: %llu\n", (unsigned long long)harness.debug->validation_messages());
  return harness.debug->validation_messages() != 0;
}

/* test_vulkan_faults [FFT N] */
int main(int argc, char **argv) {
  if (argc == 3) {
    fft = argv[1];
    grid = (uint32_t)strtoul(argv[2], NULL, 10);
  }
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(out_of_host_memory),
      cmocka_unit_test(device_lost),
      cmocka_unit_test(timeout),
      cmocka_unit_test(host_allocations),
  };
  return cmocka_run_group_tests_name("vulkan faults", tests, open_all, close_all);
}
