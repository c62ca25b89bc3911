/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/outfile.h"
#include "scratch.h"

/*
 * The linker sends the library's calls here. `named` makes it a file system without nameless files; `tags` are what
 * the next names are made of, where they are foreseen.
 */
static bool named;
static uint64_t tags[2];
static size_t tags_left;

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(list, mode_t) : 0;
  va_end(list);
  if (named && (flags & O_TMPFILE) == O_TMPFILE) {
    errno = EOPNOTSUPP;
    return -1;
  }
  return __real_open(path, flags, mode);
}

/* As NFS has it: a lock of this kind wants a file that is open for writing (flock(2)). */
int __real_flock(int fd, int operation);
int __wrap_flock(int fd, int operation);
int __wrap_flock(int fd, int operation) {
  if ((fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY || operation == LOCK_UN) return __real_flock(fd, operation);
  errno = EBADF;
  return -1;
}

ssize_t __real_getrandom(void *buffer, size_t size, unsigned flags);
ssize_t __wrap_getrandom(void *buffer, size_t size, unsigned flags);
ssize_t __wrap_getrandom(void *buffer, size_t size, unsigned flags) {
  if (!tags_left) return __real_getrandom(buffer, size, flags);
  memcpy(buffer, &tags[sizeof tags / sizeof *tags - tags_left--], sizeof *tags);
  return (ssize_t)size;
}

static struct outfile *create(const char *path) {
  struct vordec_error error = {0};
  struct outfile *file = NULL;
  assert_ok(outfile_create(path, &file, &error), &error);
  return file;
}

static void assert_content(const char *path, const char *text) {
  size_t size = 0;
  unsigned char *bytes = read_bytes(path, &size);
  assert_int_equal(size, strlen(text));
  assert_memory_equal(bytes, text, size);
  free(bytes);
}

static void write_and_commit(const char *path, const char *text) {
  struct vordec_error error = {0};
  struct outfile *file = create(path);
  fputs(text, outfile_stream(file));
  assert_ok(outfile_commit(file, &error), &error);
  outfile_destroy(file);
}

static unsigned mode_of(const char *path) {
  struct stat info;
  assert_int_equal(stat(path, &info), 0);
  return info.st_mode & 0777;
}

static void appears_only_at_commit(void **state) {
  (void)state;
  const char *path = scratch("new");
  struct vordec_error error = {0};
  struct outfile *file = create(path);
  fputs("hello", outfile_stream(file));
  fflush(outfile_stream(file));
  assert_false(file_exists(path));
  assert_int_equal(scratch_count(".vordec-"), named ? 1 : 0);
  assert_string_equal(outfile_path(file), path);
  assert_ok(outfile_commit(file, &error), &error);
  outfile_destroy(file);
  assert_content(path, "hello");
  assert_int_equal(scratch_count(".vordec-"), 0);
}

static void relative_paths_work(void **state) {
  (void)state;
  char before[PATH_ROOM];
  assert_non_null(getcwd(before, sizeof before));
  assert_int_equal(chdir(scratch(".")), 0);
  write_and_commit("relative", "r");
  assert_int_equal(chdir(before), 0);
  assert_content(scratch("relative"), "r");
}

static void abort_leaves_the_old_file(void **state) {
  (void)state;
  const char *path = scratch("kept");
  write_bytes(path, "old", 3);
  struct outfile *file = create(path);
  fputs("new", outfile_stream(file));
  outfile_destroy(file);
  assert_content(path, "old");
  assert_int_equal(scratch_count(".vordec-"), 0);
  outfile_destroy(NULL);
}

static void a_new_file_honours_the_umask(void **state) {
  (void)state;
  const mode_t before = umask(027);
  write_and_commit(scratch("masked"), "x");
  umask(before);
  assert_int_equal(mode_of(scratch("masked")), 0640);
}

static void a_replaced_file_keeps_its_mode(void **state) {
  (void)state;
  const char *path = scratch("private");
  write_bytes(path, "old", 3);
  assert_int_equal(chmod(path, 0600), 0);
  write_and_commit(path, "new");
  assert_content(path, "new");
  assert_int_equal(mode_of(path), 0600);
  if (geteuid() != 0) return; /* others may not write what has no permission at all */
  assert_int_equal(chmod(path, 0), 0);
  write_and_commit(path, "again");
  assert_int_equal(mode_of(path), 0);
}

static void a_link_is_followed(void **state) {
  (void)state;
  write_bytes(scratch("target"), "old", 3);
  assert_int_equal(symlink("target", scratch("link")), 0);
  write_and_commit(scratch("link"), "through");
  assert_content(scratch("target"), "through");
  struct stat info;
  assert_int_equal(lstat(scratch("link"), &info), 0);
  assert_true(S_ISLNK(info.st_mode));
}

static void assert_refused(const char *path, const char *part) {
  struct vordec_error error = {0};
  struct outfile *file = NULL;
  assert_failure(outfile_create(path, &file, &error), VORDEC_E_IO, &error, path, part);
  assert_null(file);
  assert_int_equal(scratch_count(".vordec-"), 0);
}

static void bad_destinations_are_refused_up_front(void **state) {
  (void)state;
  assert_int_equal(mkdir(scratch("folder"), 0777), 0);
  assert_int_equal(mkfifo(scratch("pipe"), 0666), 0);
  assert_int_equal(symlink("nowhere", scratch("dangling")), 0);
  assert_int_equal(symlink("/dev/null", scratch("null")), 0);
  assert_refused(scratch("folder"), "it is a folder");
  assert_refused(scratch("folder/"), "does not name a file");
  assert_refused("", "does not name a file");
  assert_refused(scratch("pipe"), "not a regular file");
  assert_refused(scratch("dangling"), "No such file");
  assert_refused(scratch("null"), "not a regular file");
  assert_refused("/dev/null", "not a regular file");
  assert_refused(scratch("missing/file"), "No such file");
  assert_refused("/proc/file", "cannot create a file in its folder");
  struct stat info;
  assert_int_equal(stat("/dev/null", &info), 0);
  assert_true(S_ISCHR(info.st_mode));
}

/* Permissions mean nothing to root, so a child gives them up. */
static void permissions_are_checked_up_front(void **state) {
  (void)state;
  const char *path = scratch("read-only");
  write_bytes(path, "old", 3);
  assert_int_equal(chmod(path, 0444), 0);
  assert_int_equal(chmod(scratch("."), 0777), 0);
  const pid_t child = fork();
  if (child == 0) {
    struct vordec_error error = {0};
    struct outfile *file = NULL;
    if (geteuid() == 0 && setuid(65534) != 0) _exit(2);
    const enum vordec_status status = outfile_create(path, &file, &error);
    _exit(status == VORDEC_E_IO && strstr(error.message, "Permission denied") ? 0 : 1);
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
  assert_content(path, "old");
}

static void a_killed_writer_leaves_no_part(void **state) {
  (void)state;
  const char *path = scratch("killed");
  write_bytes(path, "old", 3);
  const pid_t child = fork();
  if (child == 0) {
    struct outfile *file = create(path);
    fputs("half", outfile_stream(file));
    fflush(outfile_stream(file));
    raise(SIGKILL);
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFSIGNALED(status));
  assert_content(path, "old");
  assert_int_equal(scratch_count(".vordec-"), named ? 1 : 0);
  outfile_destroy(create(path)); /* the next one clears up */
  assert_int_equal(scratch_count(".vordec-"), 0);
}

/* What somebody still writes, and what is not a file of ours, stays. */
static void only_what_nobody_holds_is_removed(void **state) {
  (void)state;
  const bool before = named;
  named = true;
  struct outfile *held = create(scratch("held"));
  write_bytes(scratch(".vordec-0123456789abcdef.tmp"), "x", 1);
  write_bytes(scratch(".vordec-other"), "x", 1);
  write_bytes(scratch(".vordec-mine.tmp"), "x", 1);
  write_bytes(scratch("victim"), "x", 1);
  assert_int_equal(symlink("victim", scratch(".vordec-0123456789abcde0.tmp")), 0);
  assert_int_equal(mkdir(scratch(".vordec-0123456789abcde1.tmp"), 0777), 0);
  outfile_destroy(create(scratch("next")));
  assert_false(file_exists(scratch(".vordec-0123456789abcdef.tmp")));
  assert_true(file_exists(scratch(".vordec-other")));
  assert_true(file_exists(scratch(".vordec-mine.tmp")));
  assert_true(file_exists(scratch(".vordec-0123456789abcde0.tmp")));
  assert_true(file_exists(scratch(".vordec-0123456789abcde1.tmp")));
  assert_content(scratch("victim"), "x");
  struct vordec_error error = {0};
  fputs("whole", outfile_stream(held));
  assert_ok(outfile_commit(held, &error), &error);
  outfile_destroy(held);
  assert_content(scratch("held"), "whole");
  const char *const made[] = {".vordec-other", ".vordec-mine.tmp", ".vordec-0123456789abcde0.tmp",
                              ".vordec-0123456789abcde1.tmp", "victim"};
  for (size_t i = 0; i < sizeof made / sizeof *made; i++) assert_int_equal(remove(scratch(made[i])), 0);
  named = before;
}

/* A link where the temporary file's name would be: another name is taken, and nothing goes through the link. */
static void a_planted_link_is_not_followed(void **state) {
  (void)state;
  const char *path = scratch("planted");
  write_bytes(scratch("precious"), "precious", 8);
  write_bytes(path, "old", 3); /* so that it takes a name on either way */
  assert_int_equal(symlink("precious", scratch(".vordec-0000000000000007.tmp")), 0);
  tags[0] = 7;
  tags[1] = 8;
  tags_left = 2;
  write_and_commit(path, "new");
  assert_int_equal(tags_left, 0);
  assert_content(path, "new");
  assert_content(scratch("precious"), "precious");
  assert_int_equal(remove(scratch(".vordec-0000000000000007.tmp")), 0);
  assert_int_equal(scratch_count(".vordec-"), 0);
}

/* A link to nowhere that appears where a new file is to go is replaced, not followed. */
static void a_late_link_is_replaced(void **state) {
  (void)state;
  const char *path = scratch("late");
  struct vordec_error error = {0};
  struct outfile *file = create(path);
  fputs("mine", outfile_stream(file));
  assert_int_equal(symlink("elsewhere", path), 0);
  assert_ok(outfile_commit(file, &error), &error);
  outfile_destroy(file);
  assert_content(path, "mine");
  assert_false(file_exists(scratch("elsewhere")));
}

static void all_or_none_are_committed(void **state) {
  (void)state;
  struct vordec_error error = {0};
  assert_int_equal(mkdir(scratch("gone"), 0777), 0);
  struct outfile *files[3] = {create(scratch("first")), create(scratch("gone/second")), create(scratch("third"))};
  for (size_t i = 0; i < 3; i++) fputs("x", outfile_stream(files[i]));
  /* The folder of the second vanishes after all were written. */
  char command[2 * PATH_ROOM];
  snprintf(command, sizeof command, "rm -rf '%s'", scratch("gone"));
  assert_int_equal(system(command), 0);
  assert_failure(outfile_commit_all(files, 3, &error), VORDEC_E_FAILED, &error, "gone/second", "cannot replace");
  for (size_t i = 0; i < 3; i++) outfile_destroy(files[i]);
  assert_false(file_exists(scratch("first")));
  assert_false(file_exists(scratch("third")));
  assert_int_equal(scratch_count(".vordec-"), 0);
}

static int without_nameless_files(void **state) {
  named = true;
  return scratch_setup(state);
}

/* A file size limit stands in for a full disk. */
static void a_failed_write_leaves_the_old_file(void **state) {
  (void)state;
  static const char block[4096];
  const char *path = scratch("full");
  struct vordec_error error = {0};
  struct rlimit before, small;
  write_bytes(path, "old", 3);
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  small = before;
  small.rlim_cur = 10000;
  struct outfile *file = create(path);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  for (int i = 0; i < 10; ++i) fwrite(block, 1, sizeof block, outfile_stream(file));
  const enum vordec_status status = outfile_commit(file, &error);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  assert_failure(status, VORDEC_E_FAILED, &error, path, "cannot write");
  outfile_destroy(file);
  assert_content(path, "old");
  assert_int_equal(scratch_count(".vordec-"), 0);
}

static void a_second_commit_is_an_error(void **state) {
  (void)state;
  const char *path = scratch("twice");
  struct vordec_error error = {0};
  struct outfile *file = create(path);
  assert_ok(outfile_commit(file, &error), &error);
  assert_failure(outfile_commit(file, &error), VORDEC_E_USAGE, &error, path, "committed twice");
  outfile_destroy(file);
  assert_content(path, "");
}

static void a_spool_has_no_name(void **state) {
  (void)state;
  struct vordec_error error = {0};
  const int spool = outfile_open_spool(scratch("anything"), &error);
  assert_true(spool >= 0);
  assert_int_equal(scratch_count(".vordec-"), 0);
  assert_int_equal(pwrite(spool, "abc", 3, 0), 3);
  char back[3];
  assert_int_equal(pread(spool, back, 3, 0), 3);
  assert_memory_equal(back, "abc", 3);
  close(spool);
  assert_int_equal(outfile_open_spool(scratch("missing/file"), &error), -1);
  assert_failure(error.status, VORDEC_E_IO, &error, "missing/file", "temporary file");
}

/* All of it twice: with nameless temporary files, where the file system has them, and with named ones. */
int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(appears_only_at_commit),
      cmocka_unit_test(relative_paths_work),
      cmocka_unit_test(abort_leaves_the_old_file),
      cmocka_unit_test(a_new_file_honours_the_umask),
      cmocka_unit_test(a_replaced_file_keeps_its_mode),
      cmocka_unit_test(a_link_is_followed),
      cmocka_unit_test(bad_destinations_are_refused_up_front),
      cmocka_unit_test(permissions_are_checked_up_front),
      cmocka_unit_test(a_killed_writer_leaves_no_part),
      cmocka_unit_test(only_what_nobody_holds_is_removed),
      cmocka_unit_test(a_planted_link_is_not_followed),
      cmocka_unit_test(a_late_link_is_replaced),
      cmocka_unit_test(all_or_none_are_committed),
      cmocka_unit_test(a_failed_write_leaves_the_old_file),
      cmocka_unit_test(a_second_commit_is_an_error),
      cmocka_unit_test(a_spool_has_no_name),
  };
  const int nameless = cmocka_run_group_tests_name("outfile", tests, scratch_setup, scratch_teardown);
  return nameless + cmocka_run_group_tests_name("outfile, named", tests, without_nameless_files, scratch_teardown);
}
