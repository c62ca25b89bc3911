/* SPDX-License-Identifier: MIT */
/* The table itself: what it reports, what it refuses, and what it does without memory. */
#include "doubles.h"

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cpu_harness.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static void keep_device(void *ctx, const struct vordec_device *device) {
  struct vordec_device *kept = ctx;
  assert_int_equal(kept->struct_size, 0); /* one device */
  *kept = *device;
}

static struct vordec_device probe(struct cpu_harness *harness) {
  struct vordec_device device = {0};
  struct vordec_error error = {0};
  assert_int_equal(harness->backend->probe(&harness->host.table, keep_device, &device, &error), VORDEC_OK);
  return device;
}

static void test_device(void **state) {
  (void)state;
  struct cpu_harness harness;
  cpu_harness_load(&harness);
  const struct vordec_device device = probe(&harness);
  assert_int_equal(device.struct_size, sizeof device);
  assert_int_equal(device.type, VORDEC_DEVICE_HOST);
  assert_int_equal(device.capabilities, VORDEC_CAP_FP64);
  assert_int_equal(device.unusable, VORDEC_REASON_NONE);
  assert_true(strncmp(device.driver, "FFTW 3.", 7) == 0 && strchr(device.driver, ','));
  assert_string_equal(device.api, "");
  assert_true(strlen(device.name) > 0 && !strchr(device.name, '\n'));
  static const uint8_t none[16];
  assert_memory_equal(device.uuid, none, sizeof none);
  cpu_set_t allowed;
  assert_int_equal(sched_getaffinity(0, sizeof allowed, &allowed), 0);
  assert_int_equal(device.threads, CPU_COUNT(&allowed));
  assert_true(device.memory_bytes >= (uint64_t)1 << 26);
}

static uint32_t count_threads(void) {
  uint32_t count = 0;
  DIR *tasks = opendir("/proc/self/task");
  assert_non_null(tasks);
  for (const struct dirent *entry = readdir(tasks); entry; entry = readdir(tasks)) count += entry->d_name[0] != '.';
  closedir(tasks);
  return count;
}

/* A thread that has been joined may be listed for a moment more. */
static void wait_for_threads(uint32_t count) {
  for (size_t i = 0; i < 5000 && count_threads() != count; i++) usleep(1000);
  assert_int_equal(count_threads(), count);
}

/* As many threads as asked for, the caller's included; 0: as many as the device has. */
static void test_number_of_threads(void **state) {
  (void)state;
  static const uint32_t asked[] = {0, 1, 2, 5};
  struct cpu_harness harness;
  cpu_harness_load(&harness);
  const uint32_t all = probe(&harness).threads;
  cpu_harness_open(&harness, 2); /* a sanitizer may add a thread of its own to the first that is started */
  const uint32_t before = count_threads() - 1;
  cpu_harness_close(&harness);
  for (size_t i = 0; i < 4; i++) {
    cpu_harness_open(&harness, asked[i]);
    wait_for_threads(before - 1 + (asked[i] == 0 ? all : asked[i]));
    cpu_harness_close(&harness);
    wait_for_threads(before);
  }
}

static void test_evidence(void **state) {
  (void)state;
  struct cpu_harness harness;
  cpu_harness_open(&harness, 0);
  const struct vordec_device device = probe(&harness);
  struct shape shape = shape_disc(16, 4, 0);
  double *z = shape_states(&shape, 3, 1);
  struct vordec_plan_desc desc = cpu_harness_describe(&shape);
  desc.batch = 3;
  struct vordec_plan *plan = cpu_harness_plan(&harness, &desc, NULL);
  static const uint32_t wanted[] = {0, VORDEC_MASK, VORDEC_OMEGA_HAT};
  static const uint64_t stages[] = {3, 4, 5};
  for (size_t i = 0; i < 3; i++) {
    struct outputs outputs = outputs_create(3, shape.n);
    const struct vordec_decode_job job = outputs_job(&outputs, z, wanted[i]);
    const struct vordec_decode_result result = cpu_harness_decode(&harness, plan, &job, &outputs);
    assert_string_equal(result.evidence.name, device.name);
    assert_string_equal(result.evidence.driver, device.driver);
    assert_memory_equal(result.evidence.uuid, device.uuid, sizeof device.uuid);
    assert_true(result.evidence.dispatches_recorded == 3 * stages[i]);
    outputs_destroy(&outputs);
  }
  harness.backend->plan_destroy(plan);
  free(z);
  shape_destroy(&shape);
  cpu_harness_close(&harness);
}

static void check_refused(struct cpu_harness *harness, const struct vordec_plan_desc *desc, enum vordec_reason reason,
                          const char *word) {
  struct vordec_plan_info info = {.struct_size = sizeof info};
  struct vordec_plan *plan = NULL;
  struct vordec_error error = {0};
  const size_t blocks = atomic_load(&harness->host.blocks);
  assert_int_equal(harness->backend->plan_create(harness->session, desc, &plan, &info, &error), VORDEC_E_UNSUPPORTED);
  assert_int_equal(error.status, VORDEC_E_UNSUPPORTED);
  assert_int_equal(error.reason, reason);
  assert_non_null(strstr(error.message, word));
  assert_null(plan);
  assert_int_equal(atomic_load(&harness->host.blocks), blocks);
}

static void test_refusals(void **state) {
  (void)state;
  struct cpu_harness harness;
  cpu_harness_open(&harness, 1);
  struct shape shape = shape_disc(16, 4, 0);
  struct vordec_plan_desc desc = cpu_harness_describe(&shape);
  desc.precision = VORDEC_FP32;
  check_refused(&harness, &desc, VORDEC_REASON_NO_FP32, "fp64");
  desc.precision = VORDEC_FP64;
  desc.fft = "vkfft";
  check_refused(&harness, &desc, VORDEC_REASON_NO_FFT, "pruned");

  struct vordec_session *session = NULL;
  struct vordec_error error = {0};
  const struct vordec_session_desc other = {.struct_size = sizeof other, .device_index = 1};
  assert_int_equal(harness.backend->open(&harness.host.table, &other, &session, &error), VORDEC_E_UNSUPPORTED);
  assert_int_equal(error.reason, VORDEC_REASON_DEVICE_NOT_FOUND);
  assert_null(session);
  harness.backend->close(NULL);
  harness.backend->plan_destroy(NULL);
  shape_destroy(&shape);
  cpu_harness_close(&harness);
}

static void test_choice_of_fft(void **state) {
  (void)state;
  static const struct {
    size_t n;
    double k_cut;
    const char *asked, *used, *reason;
  } rows[] = {{64, 8, "auto", "pruned", "9 of 33 columns of the half spectrum hold a mode and are summed up"},
              {64, 64, "auto", "pruned", "33 of 33 columns of the half spectrum hold a mode and are summed up"},
              {160, 39, "auto", "pruned", "40 of 81 columns of the half spectrum hold a mode and are summed up"},
              {160, 40, "auto", "pruned", "41 of 81 columns of the half spectrum hold a mode and are transformed"},
              {127, 127, "auto", "pruned", "64 of 64 columns of the half spectrum hold a mode and are summed up"},
              {263, 127, "auto", "pruned", "128 of 132 columns of the half spectrum hold a mode and are summed up"},
              {263, 128, "auto", "pruned", "129 of 132 columns of the half spectrum hold a mode and are transformed"},
              {64, 8, "fftw", "fftw", ""},
              {64, 8, "pruned", "pruned", ""},
              {160, 160, "pruned", "pruned", ""}};
  struct cpu_harness harness;
  cpu_harness_open(&harness, 1);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct shape shape = shape_disc(rows[i].n, rows[i].k_cut, 0);
    struct vordec_plan_desc desc = cpu_harness_describe(&shape);
    desc.fft = rows[i].asked;
    struct vordec_plan_info info = {.struct_size = sizeof info};
    struct vordec_plan *plan = cpu_harness_plan(&harness, &desc, &info);
    assert_string_equal(info.fft, rows[i].used);
    assert_string_equal(info.fft_reason, rows[i].reason);
    harness.backend->plan_destroy(plan);
    shape_destroy(&shape);
  }
  cpu_harness_close(&harness);
}

/* Refuses the first, second, .. allocation until open or plan_create comes through. */
static void test_without_memory(void **state) {
  (void)state;
  struct cpu_harness harness;
  struct vordec_error error = {0};
  size_t refused = 0;
  cpu_harness_load(&harness);
  const struct vordec_session_desc session_desc = {.struct_size = sizeof session_desc, .threads = 3};
  for (size_t number = 1;; number++) {
    counting_host_refuse(&harness.host, number, true);
    const enum vordec_status status =
        harness.backend->open(&harness.host.table, &session_desc, &harness.session, &error);
    if (status == VORDEC_OK) break;
    refused++;
    assert_int_equal(status, VORDEC_E_NO_MEMORY);
    assert_int_equal(error.reason, VORDEC_REASON_HOST_MEMORY);
    assert_int_equal(atomic_load(&harness.host.blocks), 0);
  }
  assert_true(refused >= 2);

  struct shape shape = shape_disc(24, 4, 6);
  struct vordec_plan_desc desc = cpu_harness_describe(&shape);
  desc.include_anchors = true;
  desc.batch = 3;
  struct vordec_plan *plan = NULL;
  const size_t blocks = atomic_load(&harness.host.blocks);
  refused = 0;
  for (size_t number = 1;; number++) {
    counting_host_refuse(&harness.host, number, true);
    struct vordec_plan_info info = {.struct_size = sizeof info};
    const enum vordec_status status = harness.backend->plan_create(harness.session, &desc, &plan, &info, &error);
    if (status == VORDEC_OK) break;
    refused++;
    assert_int_equal(status, VORDEC_E_NO_MEMORY);
    assert_int_equal(error.reason, VORDEC_REASON_HOST_MEMORY);
    assert_int_equal(atomic_load(&harness.host.blocks), blocks);
  }
  assert_true(refused >= 20);
  harness.backend->plan_destroy(plan);
  shape_destroy(&shape);
  cpu_harness_close(&harness);
}

/* With room for a few thread stacks only, open() must say so, not wait for threads that never came. */
static int open_with_little_room(void) {
  struct cpu_harness harness;
  cpu_harness_load(&harness);
  FILE *file = fopen("/proc/self/statm", "r");
  unsigned long pages = 0;
  if (!file || fscanf(file, "%lu", &pages) != 1) return 2;
  fclose(file);
  const rlim_t room = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + ((rlim_t)64 << 20);
  const struct rlimit limit = {room, room};
  if (setrlimit(RLIMIT_AS, &limit) != 0) return 3;
  struct vordec_error error = {0};
  const struct vordec_session_desc desc = {.struct_size = sizeof desc, .threads = 500};
  const enum vordec_status status = harness.backend->open(&harness.host.table, &desc, &harness.session, &error);
  if (status != VORDEC_E_NO_MEMORY || !strstr(error.message, "threads")) return 4;
  return atomic_load(&harness.host.blocks) == 0 ? 0 : 5;
}

static void test_too_many_threads(void **state) {
  (void)state;
  if (SANITIZED) skip(); /* sanitizers need address space of their own */
  fflush(NULL);
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    alarm(60);
    _exit(open_with_little_room());
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

static double resident_bytes(void) {
  unsigned long total = 0, resident = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  assert_non_null(file);
  assert_int_equal(fscanf(file, "%lu %lu", &total, &resident), 2);
  fclose(file);
  return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static void test_account_of_memory(void **state) {
  (void)state;
  if (SANITIZED) skip(); /* shadow memory is resident, too */
  struct cpu_harness harness;
  const double before = resident_bytes();
  cpu_harness_open(&harness, 2);
  struct shape shape = shape_disc(1024, 8, 0);
  double *z = shape_states(&shape, 1, 1);
  const struct vordec_plan_desc desc = cpu_harness_describe(&shape);
  struct vordec_plan_info info = {.struct_size = sizeof info};
  struct vordec_plan *plan = cpu_harness_plan(&harness, &desc, &info);
  struct vordec_decode_result result = {.struct_size = sizeof result};
  struct vordec_error error = {0};
  const struct vordec_decode_job job = {.struct_size = sizeof job, .count = 1, .z = z};
  assert_int_equal(harness.backend->decode(plan, &job, &result, &error), VORDEC_OK);
  const double shape_bytes = 2.0 * 1024 * 1024 * sizeof(uint32_t); /* of shape_disc(), in part */
  const double growth = resident_bytes() - before, held = (double)info.host_bytes;
  assert_int_equal(info.host_bytes, atomic_load(&harness.host.bytes));
  check_at_most(held, 1.2 * growth);
  check_at_most(growth - shape_bytes, 1.2 * held);
  harness.backend->plan_destroy(plan);
  free(z);
  shape_destroy(&shape);
  cpu_harness_close(&harness);
}

static void test_many_decodes(void **state) {
  (void)state;
  struct cpu_harness harness;
  cpu_harness_open(&harness, 2);
  struct shape shape = shape_disc(64, 8, 16);
  double *z = shape_states(&shape, 2, 1);
  struct vordec_plan_desc desc = cpu_harness_describe(&shape);
  desc.include_anchors = true;
  desc.batch = 2;
  struct vordec_plan *plan = cpu_harness_plan(&harness, &desc, NULL);
  struct outputs outputs = outputs_create(2, shape.n);
  const struct vordec_decode_job job = outputs_job(&outputs, z, desc.outputs);
  struct vordec_decode_result result = {.struct_size = sizeof result};
  struct vordec_error error = {0};
  double warm = 0;
  for (size_t i = 0; i < 1000; i++) {
    assert_int_equal(harness.backend->decode(plan, &job, &result, &error), VORDEC_OK);
    if (i == 20) warm = resident_bytes();
  }
  check_at_most(resident_bytes() - warm, 1 << 20);
  harness.backend->plan_destroy(plan);
  outputs_destroy(&outputs);
  free(z);
  shape_destroy(&shape);
  cpu_harness_close(&harness);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_device),           cmocka_unit_test(test_number_of_threads),
                                     cmocka_unit_test(test_evidence),         cmocka_unit_test(test_refusals),
                                     cmocka_unit_test(test_choice_of_fft),    cmocka_unit_test(test_without_memory),
                                     cmocka_unit_test(test_too_many_threads), cmocka_unit_test(test_account_of_memory),
                                     cmocka_unit_test(test_many_decodes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
