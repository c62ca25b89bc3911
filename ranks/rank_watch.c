/* SPDX-License-Identifier: MIT */
#include "rank_watch.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define EXIT_CODE 1    /* as of a run that a rank did not come back to */
#define MOST_S 86400.0 /* of one timer */

static char line[240];

static void give_up(int number) {
  (void)number;
  if (write(STDERR_FILENO, line, strlen(line)) < 0) _exit(EXIT_CODE);
  _exit(EXIT_CODE);
}

static void arm(double seconds) {
  const struct itimerval timer = {
      .it_value = {(time_t)seconds, (suseconds_t)(1e6 * (seconds - (double)(time_t)seconds))}};
  setitimer(ITIMER_REAL, &timer, NULL);
}

void rank_watch_begin(size_t rank, double limit_s) {
  const double seconds = limit_s < MOST_S ? limit_s : MOST_S;
  const struct sigaction action = {.sa_handler = give_up};
  snprintf(line, sizeof line,
           "vordec: rank %zu: the ranks had not written their common file after %g s: one of them hangs, or the file "
           "system does not support such writes (--collective off avoids them); the run ends\n",
           rank, seconds);
  sigaction(SIGALRM, &action, NULL);
  arm(seconds > 1e-3 ? seconds : 1e-3);
}

void rank_watch_end(void) {
  arm(0);
}
