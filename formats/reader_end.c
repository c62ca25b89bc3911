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
  const char *words;
} ends[] = {
    {SIGSEGV, "ended by a segmentation fault"},
    {SIGABRT, "ended by an abort"},
    {SIGFPE, "ended by a division by 0"},
    {SIGBUS, "ended by a bus error"},
    {SIGILL, "ended by an illegal instruction"},
    {SIGPROF, "did not come to an end"},
    {SIGSYS, "ended by a system call that no reading takes"},
    {SIGKILL, "was killed"},
};

static void say_signal(int number, char text[READER_END_MAX]) {
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    if (ends[i].signal == number) {
      snprintf(text, READER_END_MAX, "%s", ends[i].words);
      return;
    }
  }
  const char *name = sigabbrev_np(number);
  snprintf(text, READER_END_MAX, "ended by signal %d%s%s", number, name ? ", SIG" : "", name ? name : "");
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

/* Returns the child's status; -1: somebody else has it. */
static int collect(pid_t pid) {
  int status = 0;
  pid_t got = waitpid(pid, &status, WNOHANG);
  if (got == 0) {
    kill(pid, SIGKILL); /* still our child, so the number is not another's */
    do {
      got = waitpid(pid, &status, 0);
    } while (got < 0 && errno == EINTR);
  }
  return got == pid ? status : -1;
}

void reader_end_wait(pid_t pid, char text[READER_END_MAX]) {
  let_end(pid);
  const int status = collect(pid);
  if (status >= 0 && WIFSIGNALED(status)) {
    say_signal(WTERMSIG(status), text);
  } else if (status >= 0 && WIFEXITED(status) && WEXITSTATUS(status)) {
    snprintf(text, READER_END_MAX, "ended with code %d", WEXITSTATUS(status));
  } else {
    snprintf(text, READER_END_MAX, "ended");
  }
}

void reader_end_force(pid_t pid) {
  collect(pid);
}
