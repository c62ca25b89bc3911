/* SPDX-License-Identifier: MIT */
#include "rank_watch.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define EXIT_CODE 1    /* as of a run that a rank did not come back to */
#define MOST_S 86400.0 /* of one timer */
#define LATER_S 2.0    /* of ranks other than 0 */

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

static const struct {
  const char *missed, *cause;
} texts[] = {[RANK_WATCH_START] = {"not all ranks had started", "one of them hangs, or does not use MPI"},
             [RANK_WATCH_FILE] = {"the ranks had not written their common file",
                                  "one of them hangs, or the file system does not support such writes (--collective "
                                  "off avoids them)"}};

void rank_watch_begin(enum rank_watched what, size_t rank, double limit_s) {
  const double seconds = limit_s < MOST_S ? limit_s : MOST_S;
  const struct sigaction action = {.sa_handler = give_up};
  snprintf(line, sizeof line, "vordec: rank %zu: %s after %g s: %s; the run ends\n", rank, texts[what].missed, seconds,
           texts[what].cause);
  sigaction(SIGALRM, &action, NULL);
  arm((seconds > 1e-3 ? seconds : 1e-3) + (rank ? LATER_S : 0.0));
}

void rank_watch_end(void) {
  arm(0);
}
