/* SPDX-License-Identifier: MIT */
/* A file that a process of its own reads: what an honest one says arrives, and no lie and no end of a dishonest one
 * does more than fail in one line. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "formats/array_file.h"
#include "formats/reader_source.h"
#include "tests/io/scratch.h"

#define ROWS 100u
#define COLUMNS 100u /* 80,000 bytes, which is more than the tray has at first */

static double values[ROWS][COLUMNS];

static const char *write_sample(void) {
  const char *path = scratch("sample.npz");
  const struct npy_form matrix = {NPY_F8, 2, {ROWS, COLUMNS}}, line = {NPY_I4, 1, {3}};
  static const int32_t numbers[] = {1, -2, 3};
  struct array_sink *sink = NULL;
  struct vordec_error error = {0};
  for (size_t i = 0; i < ROWS * COLUMNS; i++) values[i / COLUMNS][i % COLUMNS] = sin((double)i);
  assert_ok(array_file_create(path, &(struct array_storage){0}, &sink, &error), &error);
  assert_ok(array_sink_add(sink, "matrix", &matrix, values, &error), &error);
  assert_ok(array_sink_add(sink, "line", &line, numbers, &error), &error);
  assert_ok(array_sink_commit(sink, &error), &error);
  array_sink_destroy(sink);
  return path;
}

static enum vordec_status open_apart(const char *lie, struct array_source **source, struct vordec_error *error) {
  const struct reader_launch launch = {FAKE_READER, lie, "a file is read by a fake", "the fake", write_sample(), 0};
  return reader_source_open(&launch, source, error);
}

static void assert_no_child(void) {
  assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
  assert_int_equal(errno, ECHILD);
}

/* ---- honest */

static void what_is_in_the_file_arrives(void **state) {
  (void)state;
  struct array_source *source = NULL;
  struct vordec_error error = {0};
  struct npy_form form;
  struct npy_array array;
  char name[ARRAY_NAME_MAX];
  size_t at = 0;
  assert_ok(open_apart("", &source, &error), &error);
  assert_string_equal(source->format, "fake");
  assert_true(array_source_next(source, &at, name));
  assert_string_equal(name, "matrix");
  assert_true(array_source_next(source, &at, name));
  assert_string_equal(name, "line");
  assert_false(array_source_next(source, &at, name));
  assert_true(array_source_has(source, "line"));
  assert_false(array_source_has(source, "lines"));
  assert_ok(array_source_describe(source, "matrix", &form, &error), &error);
  assert_true(form.type == NPY_F8 && form.ndim == 2 && form.shape[0] == ROWS && form.shape[1] == COLUMNS);
  assert_ok(array_source_read(source, "matrix", &array, &error), &error);
  assert_memory_equal(array.data, values, sizeof values);
  npy_array_release(&array);
  assert_int_equal(array_source_describe(source, "none", &form, &error), VORDEC_E_INPUT);
  assert_non_null(strstr(error.message, "there is no array 'none' in it"));
  assert_ok(array_source_check(source, &error), &error);
  array_source_close(source);
  assert_no_child();
}

static void slabs_outlive_their_source(void **state) {
  (void)state;
  static const size_t start[] = {3, 4}, count[] = {2, 5}, first[2], all[] = {ROWS, COLUMNS};
  static double read[ROWS][COLUMNS];
  double some[2][5];
  struct array_source *source = NULL;
  struct array_slabs *slabs = NULL, *others = NULL;
  struct vordec_error error = {0};
  assert_ok(open_apart("", &source, &error), &error);
  assert_ok(array_source_open_slabs(source, "matrix", &slabs, &error), &error);
  assert_ok(array_source_open_slabs(source, "line", &others, &error), &error);
  array_source_close(source);
  assert_ok(array_slabs_read(slabs, start, count, some[0], &error), &error);
  assert_memory_equal(some[1], &values[4][4], sizeof some[1]);
  assert_ok(array_slabs_read(others, (const size_t[]){1}, (const size_t[]){2}, some[0], &error), &error);
  assert_true(some[0][0] == -2 && some[0][1] == 3);
  array_slabs_close(others);
  assert_ok(array_slabs_read(slabs, first, all, read[0], &error), &error);
  assert_memory_equal(read, values, sizeof values);
  array_slabs_close(slabs);
  assert_no_child();
}

/* The memory of both processes counts as a file's, to which a limit applies. */
static void a_limit_of_file_sizes_is_kept(void **state) {
  (void)state;
  static double read[ROWS][COLUMNS];
  static const size_t first[2], all[] = {ROWS, COLUMNS};
  struct rlimit old, small;
  struct array_source *source = NULL;
  struct array_slabs *slabs = NULL;
  struct vordec_error error = {0};
  write_sample();
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
  assert_ok(open_apart("", &source, &error), &error);
  small = old;
  small.rlim_cur = 70000;
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  assert_ok(array_source_open_slabs(source, "matrix", &slabs, &error), &error);
  assert_ok(array_slabs_read(slabs, first, all, read[0], &error), &error);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
  assert_memory_equal(read, values, sizeof values);
  array_slabs_close(slabs);
  array_source_close(source);
}

/* ---- dishonest */

static void assert_fails(enum vordec_status status, const struct vordec_error *error) {
  if (!status) return;
  assert_int_equal(error->status, status);
  assert_true(status == VORDEC_E_INPUT || status == VORDEC_E_UNSUPPORTED || status == VORDEC_E_NO_MEMORY ||
              (status == VORDEC_E_FAILED && strstr(error->message, ": the fake ")));
  assert_true(error->message[0] && strlen(error->message) < sizeof error->message);
  for (const char *c = error->message; *c; c++) assert_true((unsigned char)*c >= ' ' && *c != 0x7f);
}

static void read_slabs(struct array_source *source, struct vordec_error *error) {
  static double read[ROWS][COLUMNS];
  static const size_t first[2], all[] = {ROWS, COLUMNS};
  struct array_slabs *slabs = NULL;
  enum vordec_status status = array_source_open_slabs(source, "matrix", &slabs, error);
  assert_fails(status, error);
  if (!slabs) return;
  if (slabs->ndim == 2 && slabs->shape[0] == ROWS && slabs->shape[1] == COLUMNS) {
    status = array_slabs_read(slabs, first, all, read[0], error);
    assert_fails(status, error);
  }
  array_slabs_close(slabs);
}

/* Asks for everything, whatever has failed before. */
static void ask_everything(struct array_source *source) {
  struct vordec_error error = {0};
  struct npy_form form;
  struct npy_array array;
  char text[ARRAY_NAME_MAX], kind[ARRAY_NAME_MAX];
  double numbers[2];
  size_t at = 0;
  for (int i = 0; i < 8 && array_source_next(source, &at, text); i++) assert_non_null(memchr(text, '\0', sizeof text));
  at = 0;
  for (int i = 0; i < 8 && array_source_next_other(source, &at, text, kind); i++) assert_true(kind[0]);
  assert_fails(array_source_describe(source, "matrix", &form, &error), &error);
  array_source_axis_name(source, "matrix", 0, text);
  assert_non_null(memchr(text, '\0', sizeof text));
  assert_true(array_source_attribute(source, "matrix", "units", numbers, 2) <= 2);
  array_source_text(source, "matrix", "units", 0, text);
  assert_non_null(memchr(text, '\0', sizeof text));
  read_slabs(source, &error);
  const enum vordec_status status = array_source_read(source, "matrix", &array, &error);
  assert_fails(status, &error);
  npy_array_release(&array);
}

static void no_lie_does_harm(void **state) {
  (void)state;
  char lie[64];
  size_t lies = 0;
  FILE *list = popen(FAKE_READER, "r");
  assert_non_null(list);
  for (; fgets(lie, sizeof lie, list); lies++) {
    struct array_source *source = NULL;
    struct vordec_error error = {0};
    lie[strcspn(lie, "\n")] = '\0';
    const enum vordec_status status = open_apart(lie, &source, &error);
    assert_fails(status, &error);
    assert_true((status == VORDEC_OK) == (source != NULL));
    if (source) ask_everything(source);
    array_source_close(source);
  }
  assert_int_equal(pclose(list), 0);
  assert_true(lies > 100);
  assert_no_child();
}

/* What the user is told. */
static void assert_told(const char *lie, enum vordec_status status, const char *words) {
  struct array_source *source = NULL;
  struct npy_array array = {0};
  struct vordec_error error = {0}, again = {0};
  enum vordec_status got = open_apart(lie, &source, &error);
  if (!got) {
    got = array_source_read(source, "matrix", &array, &error);
    assert_int_equal(array_source_check(source, &again), got);
    assert_string_equal(again.message, error.message);
    assert_int_equal(array_source_read(source, "matrix", &array, &again), got);
    assert_string_equal(again.message, error.message);
  }
  array_source_close(source);
  assert_int_equal(got, status);
  assert_int_equal(strncmp(error.message, scratch("sample.npz"), strlen(scratch("sample.npz"))), 0);
  if (!strstr(error.message, words)) fail_msg("%s: %s", lie, error.message);
}

static void each_end_has_its_words(void **state) {
  (void)state;
  static const char damaged[] = " while it read this file; it is probably damaged";
  static const struct {
    const char *lie, *words;
  } ends[] = {
      {"READ die", ": the fake ended by a segmentation fault"},
      {"READ abort_", ": the fake ended by an abort"},
      {"READ divide", ": the fake ended by a division by 0"},
      {"READ never_end", ": the fake did not come to an end"},
      {"READ leave", ": the fake ended with code 7"},
      {"READ leave_well", ": the fake ended"},
      {"READ no_type", ": the fake gave an answer without sense"},
      {"READ be_long", ": the fake gave an answer without sense"},
      {"OPENED die", ": the fake ended by a segmentation fault"},
  };
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    char words[200];
    snprintf(words, sizeof words, "%s%s", ends[i].words, damaged);
    assert_told(ends[i].lie, VORDEC_E_INPUT, words);
  }
  assert_told("READ be_killed", VORDEC_E_FAILED,
              ": the fake was killed while it read this file, as happens where memory");
  assert_told("READ take_long", VORDEC_E_FAILED,
              ": the fake ended by the limit of processor time while it read this file");
  assert_told("other version", VORDEC_E_UNSUPPORTED, "fake_reader belongs to another version of vordec");
  assert_told("HELLO leave", VORDEC_E_UNSUPPORTED, "fake_reader cannot be run");
}

static void a_missing_program_is_named(void **state) {
  (void)state;
  struct array_source *source = NULL;
  struct vordec_error error = {0};
  const struct reader_launch launch = {"/nonexistent/reader", "hdf5", "a file is read by nobody", "nobody", "f.h5", 0};
  assert_int_equal(reader_source_open(&launch, &source, &error), VORDEC_E_UNSUPPORTED);
  assert_string_equal(error.message, "f.h5: a file is read by nobody, by a program that cannot be started: "
                                     "/nonexistent/reader: No such file or directory");
  assert_null(source);
}

static void open_with(rlim_t files, enum vordec_status expected, const char *words) {
  struct rlimit old, small;
  struct array_source *source = NULL;
  struct vordec_error error = {0};
  const struct reader_launch launch = {FAKE_READER, "", "a file is read by a fake", "", scratch("sample.npz"), 0};
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
  small = old;
  small.rlim_cur = files;
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &small), 0);
  const enum vordec_status status = reader_source_open(&launch, &source, &error);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
  assert_int_equal(status, expected);
  assert_non_null(strstr(error.message, words));
  array_source_close(source);
}

/* It takes no more than are needed at once, and the program is not blamed. */
static void a_limit_of_open_files_is_told(void **state) {
  (void)state;
  const int next = open(write_sample(), O_RDONLY | O_CLOEXEC);
  assert_true(next >= 0);
  close(next);
  open_with((rlim_t)next + 5, VORDEC_OK, "");
  open_with((rlim_t)next, VORDEC_E_FAILED,
            "by a process of its own, which cannot be started: too many files are open (ulimit -n)");
}

/* In a namespace of its own; also where this is not allowed. */
static enum vordec_status open_without_devices(void) {
  struct array_source *source = NULL;
  struct vordec_error error;
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
      mount("none", "/dev", "tmpfs", 0, NULL))
    return VORDEC_OK;
  const struct reader_launch launch = {FAKE_READER, "", "a file is read by a fake", "", scratch("sample.npz"), 0};
  return reader_source_open(&launch, &source, &error);
}

static void an_empty_dev_is_no_obstacle(void **state) {
  (void)state;
  int status = -1;
  write_sample();
  const pid_t child = fork();
  if (child == 0) _exit((int)open_without_devices());
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

/* A process that ignores its children does not learn how they end. */
static void ignored_children_are_told_of_too(void **state) {
  (void)state;
  struct sigaction old, ignore = {.sa_handler = SIG_IGN};
  assert_int_equal(sigaction(SIGCHLD, &ignore, &old), 0);
  assert_told("READ die", VORDEC_E_INPUT, ": the fake ended while it read this file");
  assert_int_equal(sigaction(SIGCHLD, &old, NULL), 0);
}

/* What the kernel forbids, where it can. */
static void a_reader_only_reads(void **state) {
  (void)state;
  static const struct {
    const char *deed;
    long version; /* of Landlock */
  } deeds[] = {{"READ write_file", 1}, {"READ truncate_file", 3}, {"READ run_program", 1}, {"READ signal_parent", 6}};
  const int kept = open("reader-keeps-this", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  assert_int_equal(write(kept, "this", 4), 4);
  close(kept);
  const long version = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
  for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++) {
    struct array_source *source = NULL;
    struct npy_array array;
    struct vordec_error error = {0};
    if (version < deeds[i].version) continue;
    assert_ok(open_apart(deeds[i].deed, &source, &error), &error);
    assert_ok(array_source_read(source, "matrix", &array, &error), &error);
    npy_array_release(&array);
    array_source_close(source);
  }
  assert_int_equal(unlink("reader-keeps-this"), 0);
}

/* A file of this process by its number, or by a link to it, which another does not have. */
static void an_open_file_is_found(void **state) {
  (void)state;
  char number[64];
  const char *link = scratch("link.npz"), *paths[] = {number, link};
  const int fd = open(write_sample(), O_RDONLY | O_CLOEXEC);
  snprintf(number, sizeof number, "/dev/fd/%d", fd);
  assert_int_equal(symlink(number, link), 0);
  for (size_t i = 0; i < 2; i++) {
    struct array_source *source = NULL;
    struct vordec_error error = {0};
    const struct reader_launch launch = {FAKE_READER, "", "a file is read by a fake", "the fake", paths[i], 0};
    assert_ok(reader_source_open(&launch, &source, &error), &error);
    assert_string_equal(source->path, paths[i]);
    array_source_close(source);
  }
  close(fd);
}

/* ---- ends */

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Opens and reads with a fake that does so, and leaves the slabs open. */
static void read_row(const char *how, struct array_source **source, struct array_slabs **slabs) {
  static const size_t start[2], count[] = {1, COLUMNS};
  double row[COLUMNS];
  struct vordec_error error = {0};
  assert_ok(open_apart(how, source, &error), &error);
  assert_ok(array_source_open_slabs(*source, "matrix", slabs, &error), &error);
  if (strcmp(how, "sleeps") != 0) assert_ok(array_slabs_read(*slabs, start, count, row, &error), &error);
}

/* Nobody is left to take its answers, and it would not look for a question for a long time. */
static void a_reader_that_loops_ends_with_its_user(void **state) {
  (void)state;
  int ready[2], status = 0;
  char byte;
  assert_int_equal(pipe(ready), 0);
  assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0); /* the orphan becomes a child of this process */
  const pid_t user = fork();
  assert_true(user >= 0);
  if (user == 0) {
    struct array_source *source = NULL;
    struct array_slabs *slabs = NULL;
    read_row("loops", &source, &slabs);
    if (write(ready[1], "r", 1) == 1) pause();
    _exit(1);
  }
  close(ready[1]);
  assert_int_equal(read(ready[0], &byte, 1), 1);
  close(ready[0]);
  assert_int_equal(kill(user, SIGKILL), 0);
  assert_int_equal(waitpid(user, NULL, 0), user);
  assert_true(waitpid(-1, &status, 0) > 0); /* otherwise an alarm ends it */
  assert_true(WIFEXITED(status));
  assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
  assert_no_child();
}

static void closing_does_not_wait_for_a_reader_that_sleeps(void **state) {
  (void)state;
  struct array_source *source = NULL;
  struct array_slabs *slabs = NULL;
  read_row("sleeps", &source, &slabs);
  alarm(20); /* for ever, otherwise */
  array_slabs_close(slabs);
  array_source_close(source);
  alarm(0);
  assert_no_child();
}

/* It holds the other end of the socket, too. Neither waits for the other, and the child leaves the parent's file open.
 */
static void a_fork_keeps_nobody_from_closing(void **state) {
  (void)state;
  struct array_source *source = NULL;
  struct array_slabs *slabs = NULL;
  int status = 0;
  double row[COLUMNS];
  struct vordec_error error = {0};
  read_row("", &source, &slabs);
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    alarm(30);
    pause();
    _exit(0);
  }
  const pid_t other = fork();
  assert_true(other >= 0);
  if (other == 0) {
    const int64_t start = now_ms();
    array_source_close(source);
    array_slabs_close(slabs);
    _exit(now_ms() - start < 1000 ? 0 : 1);
  }
  assert_int_equal(waitpid(other, &status, 0), other);
  assert_int_equal(status, 0);
  assert_ok(array_slabs_read(slabs, (const size_t[2]){0}, (const size_t[]){1, COLUMNS}, row, &error), &error);
  const int64_t start = now_ms();
  array_slabs_close(slabs);
  array_source_close(source);
  const int64_t took = now_ms() - start;
  assert_int_equal(kill(child, SIGKILL), 0);
  assert_int_equal(waitpid(child, NULL, 0), child);
  if (took >= 1000) fail_msg("closing took %d ms", (int)took);
  assert_no_child();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_reader_only_reads),
      cmocka_unit_test(an_open_file_is_found),
      cmocka_unit_test(what_is_in_the_file_arrives),
      cmocka_unit_test(slabs_outlive_their_source),
      cmocka_unit_test(a_limit_of_file_sizes_is_kept),
      cmocka_unit_test(no_lie_does_harm),
      cmocka_unit_test(each_end_has_its_words),
      cmocka_unit_test(a_missing_program_is_named),
      cmocka_unit_test(a_limit_of_open_files_is_told),
      cmocka_unit_test(an_empty_dev_is_no_obstacle),
      cmocka_unit_test(ignored_children_are_told_of_too),
      cmocka_unit_test(a_reader_that_loops_ends_with_its_user),
      cmocka_unit_test(closing_does_not_wait_for_a_reader_that_sleeps),
      cmocka_unit_test(a_fork_keeps_nobody_from_closing),
  };
  return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
