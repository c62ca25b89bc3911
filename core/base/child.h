/* SPDX-License-Identifier: MIT */
/*
 * child.h - work done in a child process that is watched over, so that what it loads may crash or hang without harming
 * this process.
 *
 * Only to be called while no other thread of this program is at work, since the child begins as a copy of this process.
 */
#ifndef VORDEC_CORE_BASE_CHILD_H
#define VORDEC_CORE_BASE_CHILD_H

#include <stddef.h>

#define CHILD_SILENT (-1) /* instead of a descriptor: what the child prints there is thrown away */

/* Runs in the child, which has a copy of this process's memory. Returns the answer, a text from malloc(), or NULL on
 * failure. */
typedef char *(*child_task)(void *ctx);

/* Called in the parent every few milliseconds while the child runs, and once more when it is gone. Returns the time, by
 * clock_s(), at which the child last made progress: the time limit counts from there. */
typedef double (*child_watch)(void *ctx);

/* What the child is to do. A `task` runs in a process group of its own, with default signal handlers, and dies with the
 * thread that started it; it leaves no core file. A `program` stays in the process group of this process and has its
 * limits, also that of core files. */
struct child_job {
  child_task task;
  void *ctx;
  const char *program;                     /* its path, if task is NULL; its standard output is the answer */
  char *const *words, *const *environment; /* of the program, as exec takes them */
  int out, err;      /* where the child's standard output and error go; of a program only err, see above */
  size_t answer_max; /* bytes; 0: no answer is wanted */
  double limit_s;    /* seconds from the start, or from the time that `watch` returns */
  child_watch watch; /* NULL: nobody watches */
  void *watch_ctx;
};

enum child_end {
  CHILD_ANSWERED,
  CHILD_CRASHED, /* ended by a signal */
  CHILD_LEFT,    /* ended by itself without an answer */
  CHILD_LATE,    /* killed, since it was still busy at the time limit, or said more than answer_max */
  CHILD_UNBORN   /* could not be started */
};

struct child {
  enum child_end end;
  int number;   /* CRASHED: the signal; LEFT: the exit code; UNBORN: errno */
  char *answer; /* ANSWERED: what the child said, not empty; freed by child_release() */
};

/* Starts the child, waits for its end, and kills whatever it has left running. Fills *child, which
 * child_release() ends. */
void child_run(const struct child_job *job, struct child *child);
/* Frees the answer. */
void child_release(struct child *child);

#endif
