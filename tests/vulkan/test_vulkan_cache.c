/* SPDX-License-Identifier: MIT */
/*
 * The disk cache: a second start skips the self-test, a file in which anything differs is ignored and replaced, and
 * nothing depends on there being a cache at all.
 */
#include "core/base/clock.h"
#include "driver.h"
#include "vulkan_faults.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static struct harness harness;
static struct sample sample;
static struct outputs expected;
static char folder[64], cache[120];
static unsigned first_submissions, second_submissions;

/* A whole life of the backend: open, plan, decode, close. Returns what it submitted. */
static unsigned live_once(struct outputs *outputs, double *plan_ms) {
  faults_arm(0, VK_SUCCESS);
  struct vordec_session *session = harness_session(&harness);
  struct vordec_plan_desc desc = sample_plan(&sample, 2);
  desc.fft = "vkfft";
  struct vordec_plan_info info;
  const double start = clock_ms();
  struct vordec_plan *plan = driver_plan(&harness, session, &desc, &info);
  if (plan_ms) *plan_ms = clock_ms() - start;
  const struct vordec_decode_job job = driver_job(&sample, outputs, ALL_RESIDUALS);
  outputs_fill(outputs);
  driver_run(&harness, plan, &job);
  harness.backend->plan_destroy(plan);
  harness.backend->close(session);
  return faults_submissions();
}

static void check_life(unsigned submissions) {
  struct outputs outputs;
  const struct vordec_plan_desc desc = sample_plan(&sample, 2);
  outputs_create(&outputs, &desc, 2);
  assert_int_equal(live_once(&outputs, NULL), submissions);
  assert_memory_equal(outputs.omega_hat, expected.omega_hat, 2 * outputs.cells * sizeof(float));
  assert_memory_equal(outputs.mask, expected.mask, 2 * outputs.cells);
  outputs_destroy(&outputs);
}

static bool ends_with(const char *text, const char *end) {
  const size_t length = strlen(text), wanted = strlen(end);
  return length >= wanted && strcmp(text + length - wanted, end) == 0;
}

/* Calls act for each file in the cache whose name ends so; returns how many there are. */
static unsigned each_file_named(const char *end, void (*act)(const char *path, long argument), long argument) {
  unsigned count = 0;
  DIR *directory = opendir(cache);
  if (!directory) return 0;
  for (const struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
    if (entry->d_name[0] == '.') continue;
    char path[400];
    snprintf(path, sizeof path, "%s/%s", cache, entry->d_name);
    if (!ends_with(path, end)) continue;
    if (act) act(path, argument);
    count++;
  }
  closedir(directory);
  return count;
}

/* The same for all: there is no temporary file. */
static unsigned each_file(void (*act)(const char *path, long argument), long argument) {
  assert_int_equal(each_file_named("", NULL, 0), each_file_named(".bin", NULL, 0));
  return each_file_named(".bin", act, argument);
}

static void check_mode(const char *path, long argument) {
  (void)argument;
  struct stat status;
  assert_int_equal(stat(path, &status), 0);
  assert_int_equal(status.st_mode & 0777, 0600);
}

static void flip_byte(const char *path, long at) {
  FILE *file = fopen(path, "r+b");
  assert_non_null(file);
  fseek(file, at, at < 0 ? SEEK_END : SEEK_SET);
  const int byte = fgetc(file);
  if (byte != EOF) {
    fseek(file, -1, SEEK_CUR);
    fputc(byte ^ 0x40, file);
  }
  fclose(file);
}

static void cut(const char *path, long size) {
  assert_int_equal(truncate(path, size), 0);
}

static void lengthen(const char *path, long argument) {
  (void)argument;
  FILE *file = fopen(path, "ab");
  assert_non_null(file);
  fputc(0, file);
  fclose(file);
}

static void remove_file(const char *path, long argument) {
  (void)argument;
  assert_int_equal(unlink(path), 0);
}

static void second_start_skips_the_work(void **state) {
  (void)state;
  struct stat status;
  double first_ms = 0.0, second_ms = 0.0;
  first_submissions = live_once(&expected, &first_ms);
  struct outputs outputs;
  const struct vordec_plan_desc desc = sample_plan(&sample, 2);
  outputs_create(&outputs, &desc, 2);
  second_submissions = live_once(&outputs, &second_ms);
  outputs_destroy(&outputs);
  fprintf(stderr, "  plan: %.0f ms, then %.0f ms; submissions: %u, then %u\n", first_ms, second_ms, first_submissions,
          second_submissions);
  assert_true(second_submissions < first_submissions);
  assert_true(each_file(check_mode, 0) >= 1);
  assert_int_equal(stat(cache, &status), 0);
  assert_int_equal(status.st_mode & 0777, 0700);
  check_life(second_submissions);
}

static void damaged_files_are_replaced(void **state) {
  (void)state;
  /* Magic, version, UUID, driver, key, size, digest, content, last byte. */
  static const long places[] = {0, 4, 8, 30, 285, 376, 390, 420, 5000, -1};
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    each_file(flip_byte, places[i]);
    check_life(first_submissions);
    check_life(second_submissions);
  }
  static const long sizes[] = {0, 10, 415, 416, 1000};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    each_file(cut, sizes[i]);
    check_life(first_submissions);
    check_life(second_submissions);
  }
  each_file(lengthen, 0);
  check_life(first_submissions);
  check_life(second_submissions);
}

static void no_cache_no_harm(void **state) {
  (void)state;
  setenv("XDG_CACHE_HOME", "/proc/nonexistent", 1);
  check_life(first_submissions);
  unsetenv("XDG_CACHE_HOME");
  setenv("HOME", "relative", 1);
  check_life(first_submissions);
  setenv("HOME", folder, 1);
  check_life(first_submissions);
  check_life(second_submissions); /* from $HOME/.cache */
  setenv("XDG_CACHE_HOME", folder, 1);
}

static int writers[8]; /* descriptors of files that are being written */
static unsigned writer_count;

static void begin_writing(const char *path, long argument) {
  (void)argument;
  static const char content[300] = "half of a file";
  char temporary[420];
  snprintf(temporary, sizeof temporary, "%s.new", path);
  assert_true(writer_count < sizeof writers / sizeof *writers);
  const int file = writers[writer_count++] = open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0600);
  assert_int_equal(write(file, content, sizeof content), sizeof content);
  assert_int_equal(flock(file, LOCK_EX), 0);
}

/* Their locks go with them, their files stay. */
static void kill_writers(void) {
  while (writer_count) close(writers[--writer_count]);
}

/* Two that write the same: the one that comes late leaves it to the other. What a killed one leaves, the next takes
 * over: names of its own would stay for ever. */
static void one_writer_at_a_time(void **state) {
  (void)state;
  const unsigned files = each_file(begin_writing, 0);
  each_file_named(".bin", cut, 0);
  check_life(first_submissions);
  check_life(first_submissions);
  assert_int_equal(each_file_named(".bin.new", NULL, 0), files);
  kill_writers();
  check_life(first_submissions);
  check_life(second_submissions);
  assert_int_equal(each_file(NULL, 0), files);
}

static void let_all_write(const char *path, long argument) {
  (void)argument;
  assert_int_equal(chmod(path, 0666), 0);
}

static void give_away(const char *path, long argument) {
  (void)argument;
  assert_int_equal(chown(path, 65534, 65534), 0);
}

static void put_pipe(const char *path, long argument) {
  (void)argument;
  assert_int_equal(unlink(path), 0);
  assert_int_equal(mkfifo(path, 0600), 0);
}

/* What others could have written is never handed to VkFFT or the driver; and a pipe does not stop us. */
static void only_our_own_is_trusted(void **state) {
  (void)state;
  check_life(second_submissions);
  assert_int_equal(chmod(cache, 0777), 0);
  check_life(first_submissions);
  check_life(first_submissions); /* nothing was stored there, either */
  assert_int_equal(chmod(cache, 0770), 0);
  check_life(first_submissions);
  assert_int_equal(chmod(cache, 0700), 0);
  check_life(second_submissions);
  each_file(let_all_write, 0);
  check_life(first_submissions);
  check_life(second_submissions);
  each_file(put_pipe, 0);
  check_life(first_submissions);
  check_life(second_submissions);
  if (geteuid() != 0) return;
  each_file(give_away, 0);
  check_life(first_submissions);
  check_life(second_submissions);
  assert_int_equal(chown(cache, 65534, 65534), 0);
  check_life(first_submissions);
  assert_int_equal(chown(cache, 0, 0), 0);
  check_life(second_submissions);
}

static void clear(const char *base) {
  snprintf(cache, sizeof cache, "%s/vordec", base);
  each_file(remove_file, 0);
  rmdir(cache);
  rmdir(base);
}

static int open_all(void **state) {
  (void)state;
  snprintf(folder, sizeof folder, "/tmp/vordec-cache-XXXXXX");
  if (!mkdtemp(folder)) return 1;
  setenv("XDG_CACHE_HOME", folder, 1);
  snprintf(cache, sizeof cache, "%s/vordec", folder);
  if (!harness_open(&harness)) return 1;
  harness.debug->set_table_hook(faults_hook);
  sample_create(&sample, 64, 8, 4, 0, 2);
  const struct vordec_plan_desc desc = sample_plan(&sample, 2);
  outputs_create(&expected, &desc, 2);
  return 0;
}

static int close_all(void **state) {
  (void)state;
  char base[80];
  snprintf(base, sizeof base, "%s/.cache", folder);
  clear(base);
  clear(folder);
  outputs_destroy(&expected);
  sample_destroy(&sample);
  return harness_left(&harness) != 0 || harness.debug->validation_messages() != 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(second_start_skips_the_work),
      cmocka_unit_test(damaged_files_are_replaced),
      cmocka_unit_test(one_writer_at_a_time),
      cmocka_unit_test(only_our_own_is_trusted),
      cmocka_unit_test(no_cache_no_harm),
  };
  return cmocka_run_group_tests_name("vulkan cache", tests, open_all, close_all);
}
