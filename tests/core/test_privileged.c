/* SPDX-License-Identifier: MIT */
/*
 * A set-group-ID copy of a program that uses the library, run by another user: VORDEC_PLUGIN_PATH must mean nothing to
 * it. Needs root, and a file system that honours the bit; skipped elsewhere (core.hostile_names tests the same with a
 * replaced secure_getenv()).
 */
#include "rig.h"

#include <grp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files.h"

#define NOBODY 65534

/* Copies PLUGIN_FOLDER_PROGRAM into the folder. */
static void copy_program(const char *path, mode_t mode) {
  FILE *from = fopen(PLUGIN_FOLDER_PROGRAM, "rb"), *to = fopen(path, "wb");
  assert_true(from && to);
  static char buffer[1 << 16];
  for (size_t got; (got = fread(buffer, 1, sizeof buffer, from)) > 0;)
    assert_int_equal(fwrite(buffer, 1, got, to), got);
  fclose(from);
  assert_int_equal(fclose(to), 0);
  assert_int_equal(chmod(path, mode), 0);
}

/* In the child: becomes nobody and runs the program. */
static void run_as_nobody(const char *path, int output) {
  char *const arguments[] = {(char *)(uintptr_t)path, NULL};
  char *const environment[] = {(char *)(uintptr_t) "VORDEC_PLUGIN_PATH=/tmp", NULL};
  if (dup2(output, STDOUT_FILENO) < 0 || setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY)) _exit(90);
  execve(path, arguments, environment);
  _exit(91);
}

/* What it prints: AT_SECURE and the folder. */
static unsigned long told_to(const char *path, char folder[FILES_PATH_MAX]) {
  int ends[2], status = 0;
  char text[FILES_PATH_MAX + 32] = "", *rest = NULL;
  assert_int_equal(pipe(ends), 0);
  fflush(NULL);
  const pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) run_as_nobody(path, ends[1]);
  close(ends[1]);
  const ssize_t got = read(ends[0], text, sizeof text - 1);
  close(ends[0]);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
  assert_true(got > 0);
  text[strcspn(text, "\n")] = '\0';
  const unsigned long secure = strtoul(text, &rest, 10);
  snprintf(folder, FILES_PATH_MAX, "%s", rest + 1);
  return secure;
}

static void environment_is_ignored(void **state) {
  (void)state;
  char folder[FILES_PATH_MAX], plain[FILES_PATH_MAX], privileged[FILES_PATH_MAX], told[FILES_PATH_MAX];
  if (geteuid() != 0 || SANITIZED) skip();
  files_make_folder(folder);
  assert_int_equal(chmod(folder, 0755), 0);
  files_join(plain, folder, "plain");
  files_join(privileged, folder, "privileged");
  copy_program(plain, 0755);
  copy_program(privileged, 02755);
  const unsigned long before = told_to(plain, told);
  assert_int_equal(before, 0);
  assert_string_equal(told, "/tmp");
  const unsigned long secure = told_to(privileged, told);
  strcat(folder, "/vordec");
  const bool beside = strcmp(told, folder) == 0;
  folder[strlen(folder) - strlen("/vordec")] = '\0';
  files_remove_folder(folder);
  if (!secure) {
    print_message("the file system ignores set-group-ID bits\n");
    skip();
  }
  if (!beside) fail_msg("plugins would come from %s", told);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(environment_is_ignored)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
