/* A task in a process of its own: what it loads may crash or hang without harm to this one. */
#ifndef VORDEC_CLI_CHILD_H
#define VORDEC_CLI_CHILD_H

#include <stdbool.h>

enum child_end {
  CHILD_ANSWERED,
  CHILD_CRASHED, /* ended by a signal */
  CHILD_LEFT,    /* ended without an answer */
  CHILD_LATE,    /* still busy at the time limit, and then killed */
  CHILD_UNBORN   /* could not be started */
};

struct child {
  enum child_end end;
  int number;   /* CRASHED: the signal; LEFT: the exit code; UNBORN: errno */
  char *answer; /* ANSWERED: what the task returned; freed by child_release() */
};

/* Runs in the child, on a copy of all that this process knows. Returns text from malloc(), NULL on failure. */
typedef char *(*child_task)(void *ctx);

/* Starts the task, waits at most limit_s seconds, and kills what is left of it. What it prints is thrown away unless
 * `loud`, which sends it to stderr. Call where no other thread of this program is at work. */
void child_run(child_task task, void *ctx, unsigned limit_s, bool loud, struct child *child);
void child_release(struct child *child);

#endif
