#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"

#define ANSWER_MAX ((size_t)1 << 20) /* a task that says more than this has gone mad */

/* ---- in the child ---- */

static void silence(bool loud) {
  const int sink = loud ? STDERR_FILENO : open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (sink < 0) return;
  dup2(sink, STDOUT_FILENO);
  dup2(sink, STDERR_FILENO);
}

/* Crashes are what this is about: no handler, no core file. Nor does a child outlive its parent. */
static void prepare(bool loud) {
  static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
  const struct rlimit no_core = {0, 0};
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setrlimit(RLIMIT_CORE, &no_core);
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) signal(signals[i], SIG_DFL);
  silence(loud);
}

/* Ends without exit handlers: drivers leave some behind that crash. */
_Noreturn static void live(child_task task, void *ctx, bool loud, int to) {
  prepare(loud);
  const char *answer = task(ctx);
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

/* ---- in the parent ---- */

static long now_ms(void) {
  return (long)(clock_ns() / 1000000);
}

/* Reads to the end of the answer; false: the deadline came first, or there is too much of it. */
static bool collect(int from, long deadline, char **answer) {
  size_t length = 0;
  for (;;) {
    const long left = deadline - now_ms();
    struct pollfd ready = {.fd = from, .events = POLLIN};
    const int got = left > 0 ? poll(&ready, 1, (int)left) : 0;
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    char *grown = realloc(*answer, length + 4097);
    if (!grown) return false;
    *answer = grown;
    const ssize_t count = read(from, grown + length, 4096);
    if (count < 0 && errno == EINTR) continue;
    if (count > 0) length += (size_t)count;
    grown[length] = '\0';
    if (count <= 0) return true;
    if (length > ANSWER_MAX) return false;
  }
}

/* Whether the child has ended by the deadline: it may have closed its side without ending. Leaves it to be buried. */
static bool await(pid_t pid, long deadline) {
  for (;;) {
    siginfo_t info = {0};
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid) return true;
    if (now_ms() >= deadline) return false;
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  }
}

/* Ends the child and what it may have started itself; returns its status. */
static int bury(pid_t pid) {
  int status = 0;
  kill(-pid, SIGKILL);
  kill(pid, SIGKILL); /* changes nothing for one that has ended */
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  return status;
}

static void watch(pid_t pid, int from, long deadline, struct child *child) {
  const bool ended = collect(from, deadline, &child->answer) && await(pid, deadline);
  const int status = bury(pid);
  if (!ended) {
    child->end = CHILD_LATE;
  } else if (WIFSIGNALED(status)) {
    child->end = CHILD_CRASHED;
    child->number = WTERMSIG(status);
  } else if (WEXITSTATUS(status) == 0 && child->answer && *child->answer) {
    child->end = CHILD_ANSWERED;
  } else {
    child->end = CHILD_LEFT;
    child->number = WEXITSTATUS(status);
  }
}

void child_run(child_task task, void *ctx, unsigned limit_s, bool loud, struct child *child) {
  int ends[2];
  *child = (struct child){.end = CHILD_UNBORN};
  fflush(NULL); /* or both processes would write what is buffered */
  if (pipe2(ends, O_CLOEXEC)) {
    child->number = errno;
    return;
  }
  const long deadline = now_ms() + (long)limit_s * 1000;
  const pid_t pid = fork();
  if (pid == 0) {
    close(ends[0]);
    live(task, ctx, loud, ends[1]);
  }
  close(ends[1]);
  if (pid < 0) {
    child->number = errno;
  } else {
    setpgid(pid, pid); /* also here: whoever comes first */
    watch(pid, ends[0], deadline, child);
  }
  close(ends[0]);
}

void child_release(struct child *child) {
  free(child->answer);
  *child = (struct child){.end = CHILD_UNBORN};
}
