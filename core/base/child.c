/* SPDX-License-Identifier: MIT */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

#define LOOK_MS 2 /* how often we look at the child where nothing wakes us when it ends */
#define CHUNK ((size_t)4096)

/* ---- in the child ---- */

/* If there is no descriptor to send it to, output keeps going where it went before. */
static void redirect(int to, int stream) {
  const int sink = to == CHILD_SILENT ? open("/dev/null", O_WRONLY | O_CLOEXEC) : to;
  if (sink >= 0 && sink != stream) dup2(sink, stream);
}

/* The child may well crash, so it gets no handlers and leaves no core file. It does not outlive its parent. */
static void prepare(const struct child_job *job) {
  static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
  const struct rlimit no_core = {0, 0};
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setrlimit(RLIMIT_CORE, &no_core);
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) signal(signals[i], SIG_DFL);
  redirect(job->out, STDOUT_FILENO);
  redirect(job->err, STDERR_FILENO);
}

/* Runs the task, and ends without exit handlers, since drivers leave some behind that crash. */
_Noreturn static void live(const struct child_job *job, const int ends[2]) {
  const int to = ends[1];
  close(ends[0]);
  prepare(job);
  const char *answer = job->task(job->ctx);
  size_t left = answer ? strlen(answer) : 0;
  while (left) {
    const ssize_t put = write(to, answer, left);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) _exit(1);
    answer += put;
    left -= (size_t)put;
  }
  _exit(answer ? 0 : 1);
}

/* ---- starting one: both functions return the process, or -1 with errno ---- */

static pid_t start_task(const struct child_job *job, const int ends[2]) {
  fflush(NULL); /* otherwise both processes would write what is buffered now */
  const pid_t pid = fork();
  if (pid == 0) live(job, ends);
  if (pid > 0) setpgid(pid, pid); /* the child does the same: it must be done, whoever comes first */
  return pid;
}

static pid_t start_program(const struct child_job *job, int to) {
  posix_spawn_file_actions_t actions;
  pid_t pid = -1;
  int failure = posix_spawn_file_actions_init(&actions);
  if (failure) {
    errno = failure;
    return -1;
  }
  failure = posix_spawn_file_actions_adddup2(&actions, to, STDOUT_FILENO);
  if (!failure && job->err == CHILD_SILENT) {
    failure = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  } else if (!failure) {
    failure = posix_spawn_file_actions_adddup2(&actions, job->err, STDERR_FILENO);
  }
  if (!failure) failure = posix_spawn(&pid, job->program, &actions, NULL, job->words, job->environment);
  posix_spawn_file_actions_destroy(&actions);
  errno = failure;
  return failure ? -1 : pid;
}

/* ---- watching over it ---- */

struct watched {
  const struct child_job *job;
  pid_t pid;
  int exit; /* a descriptor that becomes readable when the process ends; -1: the kernel has none of these */
  int from; /* the descriptor that the answer comes from; -1: the answer is complete */
  size_t length;
  bool failed;  /* the answer is too long, or there is no memory for it */
  char *answer; /* NUL-terminated */
};

static int open_exit(pid_t pid) {
#ifdef SYS_pidfd_open
  return (int)syscall(SYS_pidfd_open, pid, 0);
#else
  return -1;
#endif
}

/* Reads what part of the answer has come. */
static void take(struct watched *watched) {
  char *grown = realloc(watched->answer, watched->length + CHUNK + 1);
  if (!grown) {
    watched->failed = true;
    return;
  }
  watched->answer = grown;
  const ssize_t count = read(watched->from, grown + watched->length, CHUNK);
  if (count > 0) watched->length += (size_t)count;
  grown[watched->length] = '\0';
  if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) watched->from = -1;
  watched->failed = watched->length > watched->job->answer_max;
}

static bool has_ended(const struct watched *watched) {
  siginfo_t info = {0};
  const int failed = waitid(P_PID, (id_t)watched->pid, &info, WEXITED | WNOHANG | WNOWAIT);
  return failed ? errno == ECHILD : info.si_pid == watched->pid; /* ECHILD: we inherited that children go unwaited */
}

/* Sleeps until something happens, or it is time to look again. */
static void sleep_on(struct watched *watched, double left_s) {
  const double nap_ms = watched->job->watch || watched->exit < 0 ? LOOK_MS : 1e3 * left_s + 1.0;
  struct pollfd ready[2] = {{.fd = watched->from, .events = POLLIN}, {.fd = watched->exit, .events = POLLIN}};
  const int got = poll(ready, 2, nap_ms < 1e6 ? (int)nap_ms : 1000000);
  if (got > 0 && ready[0].revents) take(watched);
}

/* Reads what the child wrote before it ended. Waiting for the end of the pipe would not do: processes that the child
 * started may still hold it open. */
static void drain(struct watched *watched) {
  struct pollfd ready = {.fd = watched->from, .events = POLLIN};
  while (watched->from >= 0 && !watched->failed && poll(&ready, 1, 0) > 0) take(watched);
}

/* Waits for the child. True: it has ended by itself and in time, and bury() has yet to collect its status. */
static bool await(struct watched *watched) {
  double since = clock_s();
  while (!watched->failed) {
    const bool ended = has_ended(watched);
    if (watched->job->watch) since = watched->job->watch(watched->job->watch_ctx);
    if (ended) {
      drain(watched);
      return !watched->failed;
    }
    const double left_s = since + watched->job->limit_s - clock_s();
    if (left_s <= 0.0) return false;
    sleep_on(watched, left_s);
  }
  return false;
}

/* Kills the child, if it still runs, and what a task has started; returns the child's status. */
static int bury(const struct watched *watched) {
  int status = 0;
  if (watched->job->task) kill(-watched->pid, SIGKILL);
  kill(watched->pid, SIGKILL); /* does nothing to one that has ended */
  while (waitpid(watched->pid, &status, 0) < 0 && errno == EINTR) continue;
  return status;
}

static void watch_over(struct watched *watched, struct child *child) {
  watched->exit = open_exit(watched->pid);
  const bool ended = await(watched);
  const int status = bury(watched);
  if (watched->exit >= 0) close(watched->exit);
  if (!ended) {
    child->end = CHILD_LATE;
  } else if (WIFSIGNALED(status)) {
    child->end = CHILD_CRASHED;
    child->number = WTERMSIG(status);
  } else if (WEXITSTATUS(status) == 0 && watched->length > 0) {
    child->end = CHILD_ANSWERED;
  } else {
    child->end = CHILD_LEFT;
    child->number = WEXITSTATUS(status);
  }
  child->answer = watched->answer;
}

void child_run(const struct child_job *job, struct child *child) {
  int ends[2];
  *child = (struct child){.end = CHILD_UNBORN};
  if (pipe2(ends, O_CLOEXEC)) {
    child->number = errno;
    return;
  }
  const pid_t pid = job->task ? start_task(job, ends) : start_program(job, ends[1]);
  if (pid < 0) child->number = errno;
  close(ends[1]);
  struct watched watched = {.job = job, .pid = pid, .from = job->answer_max ? ends[0] : -1};
  if (pid > 0) watch_over(&watched, child);
  close(ends[0]);
}

void child_release(struct child *child) {
  free(child->answer);
  *child = (struct child){.end = CHILD_UNBORN};
}
