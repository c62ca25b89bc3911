/* SPDX-License-Identifier: MIT */
/*
 * child.h - work in a process of its own, watched over: what it loads may crash or hang without harm to this one.
 *
 * Call where no other thread of this program is at work.
 */
#ifndef VORDEC_CORE_BASE_CHILD_H
#define VORDEC_CORE_BASE_CHILD_H

#include <stddef.h>

#define CHILD_SILENT (-1) /* instead of a descriptor: what is printed is thrown away */

/* Runs in the child, on a copy of all that this process knows. Returns its answer, text from malloc(); NULL on failure.
 */
typedef char *(*child_task)(void *ctx);

/* Called in the parent every few milliseconds while the child runs, and once more when it is gone. Returns when, on
 * clock_s(), the child last showed progress: its time limit counts from there. */
typedef double (*child_watch)(void *ctx);

/* Either a task, which gets a process group of its own and default signal handlers, and dies with the thread that
 * started it; or a program, which stays in this process's group. Neither leaves a core file behind, as far as that is
 * in our hands: a program's limits are those of this process. */
struct child_job {
  child_task task;
  void *ctx;
  const char *program;                     /* its path; its standard output is the answer */
  char *const *words, *const *environment; /* as exec takes them */
  int out, err;      /* descriptors for what a task prints, and for what a program writes to standard error */
  size_t answer_max; /* bytes; 0: no answer is wanted */
  double limit_s;    /* from the start, or from where `watch` says */
  child_watch watch; /* NULL: none */
  void *watch_ctx;
};

enum child_end {
  CHILD_ANSWERED,
  CHILD_CRASHED, /* ended by a signal */
  CHILD_LEFT,    /* ended without an answer */
  CHILD_LATE,    /* still busy at the time limit, or saying more than was wanted, and then killed */
  CHILD_UNBORN   /* could not be started */
};

struct child {
  enum child_end end;
  int number;   /* CRASHED: the signal; LEFT: the exit code; UNBORN: errno */
  char *answer; /* ANSWERED: what the child said, not empty; freed by child_release() */
};

/* Starts the child, waits for its end, and kills what is left of it. */
void child_run(const struct child_job *job, struct child *child);
void child_release(struct child *child);

#endif
