/* SPDX-License-Identifier: MIT */
/*
 * A failure of each Vulkan call in turn (of the first and the last along each way to them) while two jobs are under
 * way: it stays with its job, unless the device is lost; nothing is written where a job failed, nothing leaks, and
 * plans that can go on do. On one queue and on two.
 */
#include "copy_queue.h"
#include "streamer.h"
#include "vulkan_faults.h"

#include <stdlib.h>
#include <string.h>

#define JOBS 2
#define N 208u /* large enough for the queue that copies */
#define BATCH 3u

static struct harness harness;
static struct sample samples[JOBS];
static struct outputs expected[JOBS];

struct stand {
  struct vordec_session *session;
  struct vordec_plan *plans[JOBS];
  struct outputs outputs[JOBS];
  void *lent; /* where the second job's omega_lp goes */
};

/* What became of submit and wait of each job. */
struct run {
  enum vordec_status submitted[JOBS], waited[JOBS];
  struct vordec_error error; /* the first */
};

static size_t field_bytes(void) {
  return (size_t)BATCH * N * N * sizeof(float);
}

static struct vordec_plan_desc plan_desc(void) {
  struct vordec_plan_desc desc = sample_plan(&samples[0], BATCH);
  desc.fft = "direct"; /* VkFFT's calls have their turn elsewhere */
  return desc;
}

static void stand_open(struct stand *stand) {
  const struct vordec_plan_desc desc = plan_desc();
  struct vordec_plan_info info;
  struct vordec_error error = {0};
  *stand = (struct stand){.session = harness_session(&harness)};
  for (int i = 0; i < JOBS; i++) {
    stand->plans[i] = driver_plan(&harness, stand->session, &desc, &info);
    outputs_create(&stand->outputs[i], &desc, BATCH);
  }
  driver_must(streamer_interface(&harness)->host_alloc(stand->session, field_bytes(), &stand->lent, &error), &error);
}

static void stand_close(struct stand *stand) {
  streamer_interface(&harness)->host_free(stand->session, stand->lent);
  for (int i = 0; i < JOBS; i++) {
    harness.backend->plan_destroy(stand->plans[i]);
    outputs_destroy(&stand->outputs[i]);
  }
  harness.backend->close(stand->session);
  assert_int_equal(faults_live(), 0);
  assert_int_equal(harness_left(&harness), 0);
}

static struct vordec_decode_job job_of(struct stand *stand, int i) {
  struct vordec_decode_job job = driver_job(&samples[i], &stand->outputs[i], ALL_RESIDUALS);
  if (i == 1) job.omega_lp = stand->lent;
  return job;
}

static void keep_first(struct run *run, const struct vordec_error *error) {
  if (error->status && !run->error.status) run->error = *error;
}

static struct run stream(struct stand *stand) {
  const struct vordec_stream_interface *interface = streamer_interface(&harness);
  struct run run = {.error = {0}};
  for (int i = 0; i < JOBS; i++) {
    struct vordec_error error = {0};
    const struct vordec_decode_job job = job_of(stand, i);
    outputs_fill(&stand->outputs[i]);
    run.submitted[i] = interface->submit(stand->plans[i], &job, &error);
    keep_first(&run, &error);
  }
  for (int i = 0; i < JOBS; i++) {
    struct vordec_error error = {0};
    struct vordec_decode_result result = {.struct_size = sizeof result};
    if (run.submitted[i]) continue;
    run.waited[i] = interface->wait(stand->plans[i], &result, &error);
    keep_first(&run, &error);
    if (!run.waited[i]) assert_int_equal(result.evidence.dispatches_completed, result.evidence.dispatches_recorded);
  }
  return run;
}

static void check_fields(const struct stand *stand, int i) {
  const struct outputs *outputs = &stand->outputs[i], *right = &expected[i];
  assert_memory_equal(i == 1 ? stand->lent : outputs->omega_lp, right->omega_lp, field_bytes());
  assert_memory_equal(outputs->omega_hat, right->omega_hat, field_bytes());
  assert_memory_equal(outputs->mask, right->mask, outputs->count * outputs->cells);
  assert_memory_equal(outputs->scalars, right->scalars, outputs->count * sizeof *right->scalars);
}

static bool fatal(enum vordec_status status) {
  return status == VORDEC_E_DEVICE_LOST || status == VORDEC_E_TIMEOUT;
}

static void check_run(const struct stand *stand, const struct run *run, VkResult result) {
  const bool lost = strcmp(faults_failed(), "vkWaitForFences") == 0 || result != VK_ERROR_OUT_OF_HOST_MEMORY;
  const enum vordec_status status = !lost                  ? VORDEC_E_NO_MEMORY
                                    : result == VK_TIMEOUT ? VORDEC_E_TIMEOUT
                                                           : VORDEC_E_DEVICE_LOST;
  int failed = 0;
  if (run->error.status != status) fail_msg("%s: \"%s\"", faults_failed(), run->error.message);
  assert_non_null(strstr(run->error.message, faults_failed()));
  for (int i = 0; i < JOBS; i++) {
    const enum vordec_status own = run->submitted[i] ? run->submitted[i] : run->waited[i];
    if (own) {
      failed++;
      assert_int_equal(own, status);
      assert_true(outputs_untouched(&stand->outputs[i]));
    } else {
      check_fields(stand, i);
    }
  }
  assert_true(failed == 1 || (lost && failed == 2));
}

/* After a failure that is not the device's end, both plans do what they did before; after the end, nothing. */
static void check_afterwards(struct stand *stand, bool lost, enum vordec_status status) {
  const struct run run = stream(stand);
  for (int i = 0; i < JOBS; i++) {
    assert_int_equal(run.submitted[i], lost ? status : VORDEC_OK);
    if (lost) {
      assert_true(outputs_untouched(&stand->outputs[i]));
    } else {
      assert_int_equal(run.waited[i], VORDEC_OK);
      check_fields(stand, i);
    }
  }
}

/* Returns the number of calls that a stream makes. */
static unsigned run_with_fault(unsigned number, VkResult result) {
  struct stand stand;
  faults_arm(0, VK_SUCCESS);
  stand_open(&stand);
  faults_arm(number, result);
  if (number == 0) faults_note();
  const struct run run = stream(&stand);
  const unsigned calls = faults_calls();
  if (number == 0) {
    for (int i = 0; i < JOBS; i++) {
      assert_int_equal(run.submitted[i], VORDEC_OK);
      assert_int_equal(run.waited[i], VORDEC_OK);
      check_fields(&stand, i);
    }
  } else {
    check_run(&stand, &run, result);
    check_afterwards(&stand, fatal(run.error.status), run.error.status);
  }
  stand_close(&stand);
  return calls;
}

static void fail_each_call(VkResult result) {
  const unsigned calls = run_with_fault(0, VK_SUCCESS);
  assert_true(calls >= 10);
  unsigned failed = 0;
  for (unsigned i = 1; i <= calls; i++) {
    if (!faults_worth(i, result)) continue;
    failed++;
    run_with_fault(i, result);
  }
  fprintf(stderr, "  %u of %u calls failed in turn\n", failed, calls);
}

static void out_of_memory(void **state) {
  (void)state;
  fail_each_call(VK_ERROR_OUT_OF_HOST_MEMORY);
}

static void device_lost(void **state) {
  (void)state;
  fail_each_call(VK_ERROR_DEVICE_LOST);
}

/* A GPU has queues of its own that copy, which the pretended one would hide. */
static bool pretending(void) {
  return harness.device.type == VORDEC_DEVICE_SOFTWARE;
}

static void two_hooks(struct vk_table *table, enum vk_table_part part) {
  if (pretending()) copy_queue_hook(table, part);
  faults_hook(table, part);
}

static void out_of_memory_two_queues(void **state) {
  const unsigned before = copy_queue_handoffs();
  harness.debug->set_table_hook(two_hooks);
  out_of_memory(state);
  assert_true(!pretending() || copy_queue_handoffs() > before);
}

static void device_lost_two_queues(void **state) {
  harness.debug->set_table_hook(two_hooks);
  device_lost(state);
}

/* ---- fields that come in pieces ---- */

#define LARGE_N 1024u
#define LARGE 2u /* states in fp64: 16 MiB, two pieces */

struct large {
  struct sample sample;
  struct vordec_session *session;
  struct vordec_plan *plan;
  struct outputs outputs, expected;
};

static void large_open(struct large *large) {
  struct vordec_plan_desc desc = sample_plan(&large->sample, LARGE);
  struct vordec_plan_info info;
  desc.fft = "pruned";
  desc.outputs = VORDEC_OMEGA_LP;
  desc.precision = VORDEC_FP64;
  faults_arm(0, VK_SUCCESS);
  large->session = harness_session(&harness);
  large->plan = driver_plan(&harness, large->session, &desc, &info);
}

static void large_close(struct large *large) {
  harness.backend->plan_destroy(large->plan);
  harness.backend->close(large->session);
  assert_int_equal(faults_live(), 0);
  assert_int_equal(harness_left(&harness), 0);
}

static enum vordec_status large_decode(const struct large *large, struct outputs *outputs, struct vordec_error *error) {
  struct vordec_decode_result result = {.struct_size = sizeof result};
  struct vordec_decode_job job = driver_job(&large->sample, outputs, 0);
  job.outputs = VORDEC_OMEGA_LP;
  outputs_fill(outputs);
  return harness.backend->decode(large->plan, &job, &result, error);
}

static void check_large(const struct large *large) {
  const size_t bytes = large->outputs.count * large->outputs.cells * sizeof(double);
  assert_memory_equal(large->outputs.omega_lp, large->expected.omega_lp, bytes);
}

/* Each call of a decode in turn without memory, on one plan: it writes nothing, or everything where only the times are
 * missing, and the next decode is right. */
static unsigned without_memory(struct large *large) {
  struct vordec_error error = {0};
  faults_note();
  assert_int_equal(large_decode(large, &large->outputs, &error), VORDEC_OK);
  const unsigned calls = faults_calls();
  check_large(large);
  for (unsigned i = 1; i <= calls; i++) {
    if (!faults_worth(i, VK_ERROR_OUT_OF_HOST_MEMORY)) continue;
    faults_arm(i, VK_ERROR_OUT_OF_HOST_MEMORY);
    const enum vordec_status status = large_decode(large, &large->outputs, &error);
    const bool in_between = strcmp(faults_failed(), "vkQueueSubmit") == 0; /* some of the pieces were on their way */
    if (strcmp(faults_failed(), "vkWaitForFences") == 0) { /* its memory may be in use: the end of the session */
      assert_int_equal(status, VORDEC_E_DEVICE_LOST);
      large_close(large);
      large_open(large);
    } else {
      assert_int_equal(status, VORDEC_E_NO_MEMORY);
      if (strcmp(faults_failed(), "vkGetQueryPoolResults") == 0) {
        check_large(large);
      } else {
        assert_true(outputs_untouched(&large->outputs));
      }
    }
    faults_arm(0, VK_SUCCESS);
    if (!in_between) continue;
    assert_int_equal(large_decode(large, &large->outputs, &error), VORDEC_OK);
    check_large(large);
  }
  return calls;
}

/* The device is lost after the first piece, or takes too long: what is behind that is untouched, and nothing more is
 * asked of the device. */
static void ends_in_the_middle(struct large *large, unsigned calls, VkResult result, enum vordec_status ending) {
  struct vordec_error error = {0};
  unsigned waits = 0;
  for (unsigned i = 1; i <= calls && waits < 2; i++) {
    if (!faults_worth(i, result)) continue;
    if (result == VK_TIMEOUT && strcmp(faults_noted(i), "vkWaitForFences") != 0) continue; /* nothing else runs out */
    large_open(large);
    faults_arm(i, result);
    const enum vordec_status status = large_decode(large, &large->outputs, &error);
    const bool waited = strcmp(faults_failed(), "vkWaitForFences") == 0;
    waits += waited;
    assert_int_equal(status, ending);
    const size_t half = large->outputs.count * large->outputs.cells * sizeof(double) / 2;
    if (waited && waits == 2) {
      assert_memory_equal(large->outputs.omega_lp, large->expected.omega_lp, half);
      memset(large->outputs.omega_lp, *((unsigned char *)large->outputs.omega_lp + half), half);
    }
    assert_true(outputs_untouched(&large->outputs));
    faults_arm(0, VK_SUCCESS);
    assert_int_equal(large_decode(large, &large->outputs, &error), ending);
    large_close(large);
  }
  assert_int_equal(waits, 2);
}

static void in_pieces(void **state) {
  (void)state;
  struct large large = {0};
  struct vordec_error error = {0};
  if (!(harness.device.capabilities & VORDEC_CAP_FP64)) skip();
  harness.debug->set_table_hook(two_hooks);
  sample_create(&large.sample, LARGE_N, 2, 4, 0, LARGE);
  struct vordec_plan_desc desc = sample_plan(&large.sample, LARGE);
  desc.precision = VORDEC_FP64;
  outputs_create(&large.outputs, &desc, LARGE);
  outputs_create(&large.expected, &desc, LARGE);
  large_open(&large);
  assert_int_equal(large_decode(&large, &large.expected, &error), VORDEC_OK);
  const unsigned calls = without_memory(&large);
  large_close(&large);
  ends_in_the_middle(&large, calls, VK_ERROR_DEVICE_LOST, VORDEC_E_DEVICE_LOST);
  ends_in_the_middle(&large, calls, VK_TIMEOUT, VORDEC_E_TIMEOUT);
  outputs_destroy(&large.outputs);
  outputs_destroy(&large.expected);
  sample_destroy(&large.sample);
}

/* Making a session with two queues, plans and lent memory, and closing them: each call of it in turn. */
static void made_and_closed(void **state) {
  (void)state;
  const struct vordec_session_desc desc = {
      .struct_size = sizeof desc, .device_index = harness.device.index, .threads = 1};
  harness.debug->set_table_hook(two_hooks);
  unsigned calls = 1, failed = 0;
  for (unsigned number = 0; number <= calls; number++) {
    if (!faults_worth(number, VK_ERROR_OUT_OF_HOST_MEMORY)) continue;
    const struct vordec_plan_desc plan_of = plan_desc();
    struct vordec_session *session = NULL;
    struct vordec_plan *plan = NULL;
    struct vordec_plan_info info = {.struct_size = sizeof info};
    struct vordec_error error = {0};
    void *lent = NULL;
    failed += number > 0;
    faults_arm(number, VK_ERROR_OUT_OF_HOST_MEMORY);
    if (number == 0) faults_note();
    enum vordec_status status = harness.backend->open(&harness.host.table, &desc, &session, &error);
    if (!status) status = harness.backend->plan_create(session, &plan_of, &plan, &info, &error);
    if (!status) status = streamer_interface(&harness)->host_alloc(session, 4096, &lent, &error);
    struct vordec_bandwidth_result rate = {.struct_size = sizeof rate};
    if (!status) status = streamer_interface(&harness)->link(session, 4096, &rate, &error);
    if (number == 0) calls = faults_calls();
    if (number == 0) assert_int_equal(status, VORDEC_OK);
    faults_arm(0, VK_SUCCESS);
    if (session) {
      streamer_interface(&harness)->host_free(session, lent);
      harness.backend->plan_destroy(plan);
      harness.backend->close(session);
    }
    assert_int_equal(faults_live(), 0);
    assert_int_equal(harness_left(&harness), 0);
  }
  fprintf(stderr, "  %u of %u calls failed in turn\n", failed, calls);
}

static int use_one_queue(void **state) {
  (void)state;
  harness.debug->set_table_hook(faults_hook);
  return 0;
}

static int open_all(void **state) {
  (void)state;
  if (!harness_open(&harness)) return 1;
  harness.threads = 1;
  struct vordec_session *session = harness_session(&harness);
  struct vordec_plan_info info;
  for (uint32_t i = 0; i < JOBS; i++) {
    sample_create(&samples[i], N, 2, 4, i * BATCH, BATCH);
    const struct vordec_plan_desc desc = plan_desc();
    struct vordec_plan *plan = driver_plan(&harness, session, &desc, &info);
    outputs_create(&expected[i], &desc, BATCH);
    const struct vordec_decode_job job = driver_job(&samples[i], &expected[i], ALL_RESIDUALS);
    driver_run(&harness, plan, &job);
    harness.backend->plan_destroy(plan);
  }
  harness.backend->close(session);
  return 0;
}

static int close_all(void **state) {
  (void)state;
  if (!harness.backend) return 1;
  harness.debug->set_table_hook(NULL);
  for (int i = 0; i < JOBS; i++) {
    outputs_destroy(&expected[i]);
    sample_destroy(&samples[i]);
  }
  fprintf(stderr, "validation messages: %llu; of the pretended queue: %u\n",
          (unsigned long long)harness.debug->validation_messages(), copy_queue_violations());
  return harness.debug->validation_messages() != 0 || copy_queue_violations() != 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(out_of_memory, use_one_queue),
      cmocka_unit_test_setup(device_lost, use_one_queue),
      cmocka_unit_test(out_of_memory_two_queues),
      cmocka_unit_test(device_lost_two_queues),
      cmocka_unit_test(in_pieces),
      cmocka_unit_test(made_and_closed),
  };
  return cmocka_run_group_tests_name("vulkan stream faults", tests, open_all, close_all);
}
