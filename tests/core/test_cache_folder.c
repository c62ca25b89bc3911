/* SPDX-License-Identifier: MIT */
/* The bound of the kernel cache: what was not used for longest goes first, and nothing that is not the cache's. */
#include "check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/cache_folder.h"

#define MIB ((off_t)1 << 20)
#define FILES 80 /* of 1 MiB each */

static void make_file(int folder, const char *name, off_t bytes, time_t used) {
  const int file = openat(folder, name, O_WRONLY | O_CREAT, S_IRUSR | S_IWUSR);
  assert_true(file >= 0);
  assert_int_equal(ftruncate(file, bytes), 0);
  const struct timespec times[2] = {{.tv_sec = used}, {.tv_sec = used}};
  assert_int_equal(futimens(file, times), 0);
  close(file);
}

static void number_name(int number, char name[40]) {
  snprintf(name, 40, "%032x.bin", (unsigned)number);
}

static bool is_there(int folder, const char *name) {
  return faccessat(folder, name, F_OK, 0) == 0;
}

static void oldest_go_first(void **state) {
  (void)state;
  char base[] = "/tmp/vordec-test-XXXXXX", name[40];
  assert_non_null(mkdtemp(base));
  setenv("XDG_CACHE_HOME", base, 1);
  const int folder = cache_folder_open(true);
  assert_true(folder >= 0);
  make_file(folder, "foreign.bin", 200 * MIB, 1);
  make_file(folder, "0123456789abcdef0123456789abcdef.bin.new", MIB, 1);
  for (int i = 0; i < FILES; i++) {
    number_name(i, name);
    make_file(folder, name, MIB, 1000 + (i * 37) % FILES); /* in another order than their names */
  }
  cache_folder_trim(folder);
  for (int i = 0; i < FILES; i++) {
    number_name(i, name);
    assert_int_equal(is_there(folder, name), (i * 37) % FILES >= FILES - 64);
  }
  assert_true(is_there(folder, "foreign.bin") && is_there(folder, "0123456789abcdef0123456789abcdef.bin.new"));
  cache_folder_trim(folder); /* nothing more to do */
  number_name(0, name);
  make_file(folder, name, 100 * MIB, 5000); /* what is larger than all, but was written last, stays */
  cache_folder_trim(folder);
  for (int i = 0; i < FILES; i++) {
    number_name(i, name);
    assert_int_equal(is_there(folder, name), i == 0);
    unlinkat(folder, name, 0);
  }
  unlinkat(folder, "foreign.bin", 0);
  unlinkat(folder, "0123456789abcdef0123456789abcdef.bin.new", 0);
  close(folder);
  char path[CACHE_FOLDER_MAX];
  assert_true(cache_folder_path(path, sizeof path));
  assert_int_equal(rmdir(path), 0);
  assert_int_equal(rmdir(base), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(oldest_go_first)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
