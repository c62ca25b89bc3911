/* SPDX-License-Identifier: MIT */
/* Children: what each end of one is taken for, and that none of them outlives its watch. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/child.h"
#include "core/base/clock.h"

extern char **environ;

static char *task_answers(void *ctx) {
  return strdup(ctx);
}

static char *task_says_nothing(void *ctx) {
  (void)ctx;
  return strdup("");
}

static char *task_fails(void *ctx) {
  (void)ctx;
  return NULL;
}

static char *task_leaves(void *ctx) {
  (void)ctx;
  _exit(7);
}

static char *task_crashes(void *ctx) {
  raise(*(const int *)ctx);
  return NULL;
}

static char *task_sleeps(void *ctx) {
  (void)ctx;
  sleep(600);
  return NULL;
}

static char *task_talks(void *ctx) {
  char *text = malloc(100000);
  (void)ctx;
  memset(text, 'a', 99999);
  text[99999] = '\0';
  return text;
}

/* A grandchild that stays, with the answer's end open. */
static char *task_leaves_someone(void *ctx) {
  if (fork() == 0) {
    sleep(600);
    _exit(0);
  }
  return strdup(ctx);
}

static void ignore(int signal) {
  (void)signal;
}

static void expect(const struct child_job *job, enum child_end end, int number, const char *answer) {
  struct child child;
  child_run(job, &child);
  assert_int_equal(child.end, end);
  assert_int_equal(child.number, number);
  if (answer) assert_string_equal(child.answer, answer);
  child_release(&child);
  assert_null(child.answer);
}

static char yes[] = "yes", gone[] = "gone";

static struct child_job job_of(child_task task, void *ctx) {
  return (struct child_job){
      .task = task, .ctx = ctx, .out = CHILD_SILENT, .err = CHILD_SILENT, .answer_max = 200000, .limit_s = 60.0};
}

static void ends(void **state) {
  (void)state;
  int crash = SIGSEGV, abortion = SIGABRT, kill = SIGKILL;
  struct child_job job = job_of(task_answers, yes);
  expect(&job, CHILD_ANSWERED, 0, "yes");
  job = job_of(task_says_nothing, NULL);
  expect(&job, CHILD_LEFT, 0, NULL);
  job = job_of(task_fails, NULL);
  expect(&job, CHILD_LEFT, 1, NULL);
  job = job_of(task_leaves, NULL);
  expect(&job, CHILD_LEFT, 7, NULL);
  /* Handlers of this process are none of the child's. */
  signal(SIGSEGV, ignore);
  job = job_of(task_crashes, &crash);
  expect(&job, CHILD_CRASHED, SIGSEGV, NULL);
  signal(SIGSEGV, SIG_DFL);
  job = job_of(task_crashes, &abortion);
  expect(&job, CHILD_CRASHED, SIGABRT, NULL);
  job = job_of(task_crashes, &kill);
  expect(&job, CHILD_CRASHED, SIGKILL, NULL);
}

static void long_answers(void **state) {
  (void)state;
  struct child child;
  struct child_job job = job_of(task_talks, NULL);
  child_run(&job, &child);
  assert_int_equal(child.end, CHILD_ANSWERED);
  assert_int_equal(strlen(child.answer), 99999);
  child_release(&child);
  job.answer_max = 99998;
  expect(&job, CHILD_LATE, 0, NULL);
  job.answer_max = 99999;
  expect(&job, CHILD_ANSWERED, 0, NULL);
}

static void late(void **state) {
  (void)state;
  struct child_job job = job_of(task_sleeps, NULL);
  job.limit_s = 0.2;
  const double start = clock_s();
  expect(&job, CHILD_LATE, 0, NULL);
  assert_true(clock_s() - start >= 0.2);
  job.answer_max = 0;
  expect(&job, CHILD_LATE, 0, NULL);
}

static void leftovers(void **state) {
  (void)state;
  struct child_job job = job_of(task_leaves_someone, gone);
  expect(&job, CHILD_ANSWERED, 0, "gone");
}

/* Whoever comes further has time. */
struct progress {
  int *shared; /* what the child has done */
  int seen;
  double moved;
};

static char *task_progresses(void *ctx) {
  int *done = ctx;
  for (int i = 0; i < 8; i++) {
    usleep(100000);
    __atomic_add_fetch(done, 1, __ATOMIC_SEQ_CST);
  }
  return strdup("done");
}

static double look(void *ctx) {
  struct progress *progress = ctx;
  const int now = __atomic_load_n(progress->shared, __ATOMIC_SEQ_CST);
  if (now != progress->seen) progress->moved = clock_s();
  progress->seen = now;
  return progress->moved;
}

static void progress(void **state) {
  (void)state;
  int *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  assert_true(shared != MAP_FAILED);
  struct progress progress = {shared, 0, clock_s()};
  struct child_job job = job_of(task_progresses, shared);
  job.limit_s = 0.6; /* less than it takes in all */
  job.watch = look;
  job.watch_ctx = &progress;
  expect(&job, CHILD_ANSWERED, 0, "done");
  assert_int_equal(progress.seen, 8);
  munmap(shared, sizeof *shared);
}

/* A line of the shell's. */
static void expect_of_program(struct child_job job, const char *line, enum child_end end, int number,
                              const char *answer) {
  char name[] = "sh", option[] = "-c", text[100];
  char *const words[] = {name, option, text, NULL};
  assert_true(strlen(line) < sizeof text);
  strcpy(text, line);
  job.words = words;
  expect(&job, end, number, answer);
}

static void programs(void **state) {
  (void)state;
  FILE *log = tmpfile();
  char said[32] = "";
  struct child_job job = {
      .program = "/bin/sh", .environment = environ, .err = fileno(log), .answer_max = 4096, .limit_s = 60.0};
  expect_of_program(job, "echo answer; echo complaint >&2", CHILD_ANSWERED, 0, "answer\n");
  rewind(log);
  assert_non_null(fgets(said, sizeof said, log));
  assert_string_equal(said, "complaint\n");
  fclose(log);
  job.err = CHILD_SILENT;
  expect_of_program(job, "echo answer; exit 3", CHILD_LEFT, 3, NULL);
  expect_of_program(job, "kill -9 $$", CHILD_CRASHED, SIGKILL, NULL);
  job.limit_s = 0.2;
  expect_of_program(job, "exec >&-; exec sleep 600", CHILD_LATE, 0, NULL); /* has nothing more to say, and stays */
  job.program = "/nonexistent";
  expect_of_program(job, "", CHILD_UNBORN, ENOENT, NULL);
}

/* Where whoever started this program has children buried at once, their ends are not known, but no time is lost. */
static void nobody_waits(void **state) {
  (void)state;
  signal(SIGCHLD, SIG_IGN);
  struct child_job job = job_of(task_answers, yes);
  expect(&job, CHILD_ANSWERED, 0, "yes");
  signal(SIGCHLD, SIG_DFL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ends),         cmocka_unit_test(long_answers), cmocka_unit_test(late),
      cmocka_unit_test(leftovers),    cmocka_unit_test(progress),     cmocka_unit_test(programs),
      cmocka_unit_test(nobody_waits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
