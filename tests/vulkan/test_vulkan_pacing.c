/* SPDX-License-Identifier: MIT */
/*
 * Submissions of decodes have a limit: the same bits as without one, none longer than it may be, and a failure in the
 * middle leaves nothing behind. The device is a slow one (slow_device.h).
 */
#include "copy_queue.h"
#include "paced.h"
#include "slow_device.h"
#include "streamer.h"
#include "vulkan_faults.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static struct harness harness;

/* ---- decodes ---- */

struct shape {
  uint32_t n, batch;
  const char *fft;
  double workgroup_ms; /* so that a decode takes some 20 times the limit */
};

/* Like plans: one that may take its time, one that may not. */
struct bench {
  struct vordec_session *free_session, *session;
  struct vordec_plan *free_plan, *plan;
  struct sample sample;
  struct outputs expected, outputs;
};

static void bench_open(struct bench *bench, const struct shape *shape, vk_table_hook hook) {
  struct vordec_plan_info info;
  sample_create(&bench->sample, shape->n, shape->n < 32 ? 2 : 8, 24, 0, shape->batch);
  struct vordec_plan_desc desc = sample_plan(&bench->sample, shape->batch);
  desc.fft = shape->fft;
  slow_device_set(shape->workgroup_ms);
  bench->free_session = paced_session(&harness, hook, 0);
  bench->free_plan = driver_plan(&harness, bench->free_session, &desc, &info);
  bench->session = paced_session(&harness, hook, PACED_LIMIT_MS);
  slow_device_take();
  bench->plan = driver_plan(&harness, bench->session, &desc, &info);
  outputs_create(&bench->expected, &desc, shape->batch);
  outputs_create(&bench->outputs, &desc, shape->batch);
}

static void bench_close(struct bench *bench) {
  harness.backend->plan_destroy(bench->plan);
  harness.backend->plan_destroy(bench->free_plan);
  harness.backend->close(bench->session);
  harness.backend->close(bench->free_session);
  outputs_destroy(&bench->expected);
  outputs_destroy(&bench->outputs);
  sample_destroy(&bench->sample);
}

/* All its dispatches, and its stages' times add up to what the device worked. */
static void check_evidence(const struct vordec_decode_result *result, const struct slow_device_report *report) {
  double sum = 0.0;
  for (int i = 0; i < VORDEC_STAGE_COUNT; i++) sum += result->stage_ms[i];
  assert_int_equal(result->evidence.dispatches_recorded, report->dispatches);
  assert_int_equal(result->evidence.dispatches_completed, report->dispatches);
  if (result->evidence.device_timestamps)
    driver_near(sum, report->sum_ms, 1e-3 * report->sum_ms + 1e-4, "times of the stages");
}

static struct slow_device_report decode(struct bench *bench, uint32_t residuals) {
  const struct vordec_decode_job job = driver_job(&bench->sample, &bench->outputs, residuals);
  const struct vordec_decode_job free_job = driver_job(&bench->sample, &bench->expected, residuals);
  outputs_fill(&bench->expected);
  outputs_fill(&bench->outputs);
  driver_run(&harness, bench->free_plan, &free_job);
  slow_device_take();
  const struct vordec_decode_result result = driver_run(&harness, bench->plan, &job);
  const struct slow_device_report report = slow_device_take();
  check_evidence(&result, &report);
  streamer_same(&bench->outputs, &bench->expected);
  return report;
}

static const struct shape shapes[] = {
    {96, 3, "vkfft", 0.2},  {96, 3, "direct", 0.2},  {96, 3, "pruned", 0.3},
    {64, 9, "pruned", 0.1}, {127, 1, "direct", 0.4},
};

static void long_decodes_are_cut(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    struct bench bench;
    bench_open(&bench, &shapes[i], slow_device_hook);
    const struct slow_device_report first = decode(&bench, ALL_RESIDUALS);
    assert_int_equal(first.submissions, 1); /* small by the number of its cells, and nothing is known of it */
    assert_true(first.longest_ms > 3.0 * PACED_LIMIT_MS);
    decode(&bench, ALL_RESIDUALS); /* begins each operation anew, as nothing is known of these */
    for (int again = 0; again < 2; again++) {
      const struct slow_device_report report = decode(&bench, ALL_RESIDUALS);
      paced_check(&report);
      assert_true(report.submissions >= 3);
      assert_true((double)report.submissions <= 6.0 + 4.0 * report.sum_ms / PACED_LIMIT_MS);
    }
    bench_close(&bench);
  }
}

/* Found out by and by. */
static void a_device_becomes_fast(void **state) {
  (void)state;
  struct bench bench;
  bench_open(&bench, &shapes[2], slow_device_hook);
  for (int again = 0; again < 3; again++) decode(&bench, 0);
  assert_true(decode(&bench, 0).submissions > 1);
  slow_device_set(1e-6);
  for (int again = 0; again < 9; again++) decode(&bench, 0);
  assert_int_equal(decode(&bench, 0).submissions, 1);
  bench_close(&bench);
}

/* More than 2^22 cells: none of its submissions, the first included, is long; nor are the plan's. */
static void one_large_decode(void **state) {
  (void)state;
  static const struct shape large = {2304, 1, "direct", 6e-5};
  struct bench bench;
  bench_open(&bench, &large, slow_device_hook);
  const struct slow_device_report planning = slow_device_take(), first = decode(&bench, 0);
  paced_check(&planning);
  paced_check(&first);
  assert_true(first.submissions >= 3);
  bench_close(&bench);
}

static void fast_work_is_not_cut(void **state) {
  (void)state;
  const struct shape shape = {96, 3, "pruned", 1e-6};
  struct bench bench;
  bench_open(&bench, &shape, slow_device_hook);
  for (int again = 0; again < 3; again++) assert_int_equal(decode(&bench, ALL_RESIDUALS).submissions, 1);
  bench_close(&bench);
}

/* As ABI 1.0 has it: what lies behind it in memory is no limit. */
static struct vordec_session *open_older_session(void) {
  const struct {
    size_t struct_size;
    uint32_t device_index, threads;
    uint32_t behind;
  } desc = {.struct_size = offsetof(struct vordec_session_desc, submission_ms),
            .device_index = harness.device.index,
            .threads = 1,
            .behind = PACED_LIMIT_MS};
  struct vordec_session *session = NULL;
  struct vordec_error error = {0};
  harness.debug->set_table_hook(slow_device_hook);
  driver_must(harness.backend->open(&harness.host.table, (const void *)&desc, &session, &error), &error);
  harness.debug->set_table_hook(NULL);
  return session;
}

static void an_older_host_has_no_limit(void **state) {
  (void)state;
  struct bench bench;
  struct vordec_plan_info info;
  bench_open(&bench, &shapes[2], slow_device_hook);
  harness.backend->plan_destroy(bench.plan);
  harness.backend->close(bench.session);
  struct vordec_plan_desc desc = sample_plan(&bench.sample, shapes[2].batch);
  desc.fft = shapes[2].fft;
  bench.session = open_older_session();
  bench.plan = driver_plan(&harness, bench.session, &desc, &info);
  for (int again = 0; again < 3; again++) assert_int_equal(decode(&bench, ALL_RESIDUALS).submissions, 1);
  bench_close(&bench);
}

/* By the host's clock. */
static void without_time_marks(void **state) {
  (void)state;
  uint64_t (*const clock)(void *) = harness.host.table.clock_ns;
  slow_device_marks(false);
  harness.host.table.clock_ns = slow_device_clock_ns;
  struct bench bench;
  bench_open(&bench, &shapes[2], slow_device_hook);
  for (int again = 0; again < 4; again++) {
    const struct slow_device_report report = decode(&bench, ALL_RESIDUALS);
    if (again >= 2) paced_check(&report);
  }
  bench_close(&bench);
  harness.host.table.clock_ns = clock;
  slow_device_marks(true);
}

/* ---- fields that come in pieces, by the host's clock ---- */

#define COPYING_MS 1000u /* what the host makes of each piece, ahead of its next wait */

static struct vk_table real;
static uint64_t copying_ms;
static bool waited; /* since the last submission */

static uint64_t copying_clock_ns(void *ctx) {
  return slow_device_clock_ns(ctx) + copying_ms * 1000000u;
}

static VKAPI_ATTR VkResult VKAPI_CALL copy_and_wait(VkDevice device, uint32_t count, const VkFence *fences,
                                                    VkBool32 all, uint64_t timeout) {
  if (waited) copying_ms += COPYING_MS;
  waited = true;
  return real.WaitForFences(device, count, fences, all, timeout);
}

static VKAPI_ATTR VkResult VKAPI_CALL submit(VkQueue queue, uint32_t count, const VkSubmitInfo *infos, VkFence fence) {
  waited = false;
  return real.QueueSubmit(queue, count, infos, fence);
}

static void copying_hook(struct vk_table *table, enum vk_table_part part) {
  slow_device_hook(table, part);
  if (part != VK_TABLE_PART_DEVICE) return;
  real.WaitForFences = table->WaitForFences;
  real.QueueSubmit = table->QueueSubmit;
  table->WaitForFences = copy_and_wait;
  table->QueueSubmit = submit;
}

static unsigned submissions_of(struct vordec_plan *plan, const struct vordec_decode_job *job) {
  slow_device_take();
  driver_run(&harness, plan, job);
  return slow_device_take().submissions;
}

/* The time in which the host copies is not the device's, whose work is cut only where it is slow itself. */
static void pieces_without_time_marks(void **state) {
  (void)state;
  uint64_t (*const clock)(void *) = harness.host.table.clock_ns;
  struct sample sample;
  struct outputs outputs;
  struct vordec_plan_info info;
  if (!(harness.device.capabilities & VORDEC_CAP_FP64)) skip();
  sample_create(&sample, 1024, 2, 4, 0, 2); /* 16 MiB: two pieces */
  struct vordec_plan_desc desc = sample_plan(&sample, 2);
  desc.fft = "pruned";
  desc.precision = VORDEC_FP64;
  desc.outputs = VORDEC_OMEGA_LP;
  slow_device_set(1e-6);
  slow_device_marks(false);
  harness.host.table.clock_ns = copying_clock_ns;
  struct vordec_session *session = paced_session(&harness, copying_hook, PACED_LIMIT_MS);
  struct vordec_plan *plan = driver_plan(&harness, session, &desc, &info);
  outputs_create(&outputs, &desc, 2);
  struct vordec_decode_job job = driver_job(&sample, &outputs, 0);
  job.outputs = VORDEC_OMEGA_LP;
  for (int again = 0; again < 2; again++) {
    const uint64_t before = copying_ms;
    assert_int_equal(submissions_of(plan, &job), 4); /* what computes, the pieces, the end */
    assert_int_equal(copying_ms - before, 2 * COPYING_MS);
  }
  slow_device_set(1e-3);
  assert_int_equal(submissions_of(plan, &job), 4);
  assert_true(submissions_of(plan, &job) > 4);
  harness.backend->plan_destroy(plan);
  harness.backend->close(session);
  outputs_destroy(&outputs);
  sample_destroy(&sample);
  harness.host.table.clock_ns = clock;
  slow_device_marks(true);
}

/* ---- streams, and the queue that copies ---- */

static void slow_copy_queue_hook(struct vk_table *table, enum vk_table_part part) {
  /* A GPU has queues of its own that copy, and knows nothing of a pretended one. */
  if (harness.device.type == VORDEC_DEVICE_SOFTWARE) copy_queue_hook(table, part);
  slow_device_hook(table, part);
}

static void streams(void **state) {
  (void)state;
  struct bench bench;
  const struct shape shape = {512, 1, "pruned", 0.1};
  bench_open(&bench, &shape, slow_copy_queue_hook);
  struct vordec_plan_desc desc = sample_plan(&bench.sample, 1);
  struct vordec_plan_info info;
  struct outputs others;
  desc.fft = shape.fft;
  struct vordec_plan *other = driver_plan(&harness, bench.session, &desc, &info);
  outputs_create(&others, &desc, 1);
  const struct vordec_stream_interface *stream = streamer_interface(&harness);
  for (int again = 0; again < 4; again++) {
    decode(&bench, 0);
    const struct vordec_decode_job job = driver_job(&bench.sample, &bench.outputs, 0);
    const struct vordec_decode_job other_job = driver_job(&bench.sample, &others, 0);
    struct vordec_decode_result result = {.struct_size = sizeof result};
    struct vordec_error error = {0};
    outputs_fill(&bench.outputs);
    outputs_fill(&others);
    streamer_submit(&harness, bench.plan, &job);
    streamer_submit(&harness, other, &other_job);
    driver_must(stream->wait(bench.plan, &result, &error), &error);
    driver_must(stream->wait(other, &result, &error), &error);
    streamer_same(&bench.outputs, &bench.expected);
    streamer_same(&others, &bench.expected);
  }
  assert_int_equal(copy_queue_violations(), 0);
  harness.backend->plan_destroy(other);
  outputs_destroy(&others);
  bench_close(&bench);
}

/* ---- failures ---- */

static void failing_hook(struct vk_table *table, enum vk_table_part part) {
  slow_device_hook(table, part);
  faults_hook(table, part);
}

/* Whether the failure ends the session. */
static bool is_fatal(VkResult result) {
  return result == VK_ERROR_DEVICE_LOST || strcmp(faults_failed(), "vkWaitForFences") == 0;
}

enum end { THERE_IS_NONE, SESSION_LIVES, SESSION_DIED };

/* A failure of the number-th call of a decode in pieces. */
static enum end fail_call(struct bench *bench, unsigned number, VkResult result) {
  const struct vordec_decode_job job = driver_job(&bench->sample, &bench->outputs, ALL_RESIDUALS);
  struct vordec_decode_result taken = {.struct_size = sizeof taken};
  struct vordec_error error = {0};
  outputs_fill(&bench->outputs);
  faults_arm(number, result);
  const enum vordec_status status = harness.backend->decode(bench->plan, &job, &taken, &error);
  if (!faults_failed()) {
    driver_must(status, &error);
    return THERE_IS_NONE;
  }
  if (!status) fail_msg("%s failed, and nothing was said", faults_failed());
  assert_non_null(strstr(error.message, faults_failed()));
  assert_true(outputs_untouched(&bench->outputs));
  const bool fatal = is_fatal(result);
  faults_arm(0, VK_SUCCESS);
  const enum vordec_status again = harness.backend->decode(bench->plan, &job, &taken, &error);
  if (fatal) {
    assert_int_equal(again, status);
    assert_true(outputs_untouched(&bench->outputs));
    return SESSION_DIED;
  }
  driver_must(again, &error);
  streamer_same(&bench->outputs, &bench->expected);
  return SESSION_LIVES;
}

/* A session on which decodes are done in pieces. */
static void open_paced(struct bench *bench) {
  static const struct shape shape = {32, 2, "pruned", 1.0};
  bench_open(bench, &shape, failing_hook);
  faults_arm(0, VK_SUCCESS);
  for (int again = 0; again < 3; again++) decode(bench, ALL_RESIDUALS);
}

static void nothing_is_left_half_made(void **state) {
  (void)state;
  static const struct {
    VkResult result;
    unsigned stride; /* of the calls: most of the latter end the session */
  } failures[] = {{VK_ERROR_OUT_OF_HOST_MEMORY, 23}, {VK_ERROR_DEVICE_LOST, 61}};
  for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
    struct bench bench;
    enum end end = SESSION_LIVES;
    unsigned number = 1;
    open_paced(&bench);
    for (; number < 1000; number += failures[i].stride) {
      end = fail_call(&bench, number, failures[i].result);
      if (end == THERE_IS_NONE) break;
      if (end == SESSION_LIVES) continue;
      bench_close(&bench);
      open_paced(&bench);
    }
    faults_arm(0, VK_SUCCESS); /* the last one came to no call */
    bench_close(&bench);
    fprintf(stderr, "  up to %u calls of a decode in pieces\n", number);
    assert_true(number > 40 && number < 1000);
    assert_int_equal(faults_live(), 0);
  }
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
      cmocka_unit_test(long_decodes_are_cut),
      cmocka_unit_test(a_device_becomes_fast),
      cmocka_unit_test(one_large_decode),
      cmocka_unit_test(fast_work_is_not_cut),
      cmocka_unit_test(without_time_marks),
      cmocka_unit_test(pieces_without_time_marks),
      cmocka_unit_test(streams),
      cmocka_unit_test(nothing_is_left_half_made),
      cmocka_unit_test(an_older_host_has_no_limit),
  };
  return cmocka_run_group_tests_name("vulkan pacing", tests, open_all, close_all);
}
