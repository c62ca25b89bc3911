/* SPDX-License-Identifier: MIT */
#include "reader_end.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 1000

static const struct {
  int signal;
  enum reader_end end;
  const char *words;
} ends[] = {
    {SIGSEGV, READER_ENDED, "ended by a segmentation fault"},
    {SIGABRT, READER_ENDED, "ended by an abort"},
    {SIGFPE, READER_ENDED, "ended by a division by 0"},
    {SIGBUS, READER_ENDED, "ended by a bus error"},
    {SIGILL, READER_ENDED, "ended by an illegal instruction"},
    {SIGPROF, READER_ENDED, "did not come to an end"},
    {SIGSYS, READER_ENDED, "ended by a system call that no reading takes"},
    {SIGXCPU, READER_ENDED_FROM_OUTSIDE, "ended by the limit of processor time"},
    {SIGKILL, READER_KILLED, "was killed"},
};

static enum reader_end say_signal(int number, char text[READER_END_MAX]) {
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    if (ends[i].signal != number) continue;
    snprintf(text, READER_END_MAX, "%s", ends[i].words);
    return ends[i].end;
  }
  const char *name = sigabbrev_np(number);
  snprintf(text, READER_END_MAX, "ended by signal %d%s%s", number, name ? ", SIG" : "", name ? name : "");
  return READER_ENDED_FROM_OUTSIDE;
}

/* Whoever hangs up is about to end. */
static void let_end(pid_t pid) {
  const int fd = pidfd_open(pid, 0);
  if (fd >= 0) {
    struct pollfd ended = {.fd = fd, .events = POLLIN};
    poll(&ended, 1, PATIENCE_MS);
    close(fd);
    return;
  }
  for (int i = 0; i < PATIENCE_MS; i++) {
    siginfo_t info = {0};
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0) return;
    poll(NULL, 0, 1);
  }
}

/* Returns the child's status; -1: somebody else has it, or it ends here. */
static int collect(pid_t pid) {
  int status = 0;
  const pid_t got = waitpid(pid, &status, WNOHANG);
  if (got == pid) return status;
  if (got == 0) {
    kill(pid, SIGKILL); /* still our child, so the number is not another's */
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
  }
  return -1;
}

enum reader_end reader_end_wait(pid_t pid, char text[READER_END_MAX]) {
  let_end(pid);
  const int status = collect(pid);
  if (status >= 0 && WIFSIGNALED(status)) return say_signal(WTERMSIG(status), text);
  if (status >= 0 && WIFEXITED(status) && WEXITSTATUS(status)) {
    snprintf(text, READER_END_MAX, "ended with code %d", WEXITSTATUS(status));
  } else {
    snprintf(text, READER_END_MAX, "ended");
  }
  return READER_ENDED;
}

void reader_end_force(pid_t pid) {
  collect(pid);
}
