/* SPDX-License-Identifier: MIT */
/* A limit to calls in which all ranks meet and that nobody can look at while they run, such as a transfer into a file
 * of all: a rank that never comes to it would keep the others there. */
#ifndef VORDEC_RANKS_RANK_WATCH_H
#define VORDEC_RANKS_RANK_WATCH_H

#include <stddef.h>

enum rank_watched {
  RANK_WATCH_START, /* all have to come up */
  RANK_WATCH_FILE   /* all write one file */
};

/* From now on for limit_s seconds this process may be in such a call, and a little longer if it is not rank 0, who
 * speaks first; then it ends with a line that says so (exit code 1), and the launcher ends the others. Takes SIGALRM.
 * One at a time, of one thread. */
void rank_watch_begin(enum rank_watched what, size_t rank, double limit_s);
void rank_watch_end(void);

#endif
