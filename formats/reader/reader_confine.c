/* SPDX-License-Identifier: MIT */
#include "reader_confine.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>

#define LEAST_S 60u
#define BYTES_PER_S ((uint64_t)4 << 20) /* slower is no library that unpacks */

void reader_confine(void) {
  /* The terminal and schedulers send these to all processes of a run; it goes on or ends as its first one decides. */
  static const int for_others[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
  for (unsigned i = 0; i < sizeof for_others / sizeof *for_others; i++) signal(for_others[i], SIG_IGN);
  setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
  prctl(PR_SET_DUMPABLE, 0); /* where cores go to a program, their limit does not count */
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

unsigned reader_confine_seconds(uint64_t file_bytes) {
  return LEAST_S + (unsigned)(file_bytes / BYTES_PER_S);
}

void reader_confine_watch(unsigned seconds) {
  setitimer(ITIMER_PROF, &(struct itimerval){.it_value.tv_sec = (time_t)seconds}, NULL);
}
