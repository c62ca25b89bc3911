/* SPDX-License-Identifier: MIT */
/* How far a long run is: a bar with rate and time left on a terminal, a line now and then elsewhere, so that log files
 * have some, or lines at the steps that are asked for. */
#ifndef VORDEC_CLI_PROGRESS_H
#define VORDEC_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

struct progress {
  const char *label;
  size_t total, every;
  size_t next_line; /* the step that prints the next line */
  bool bar;         /* stderr is a terminal */
  bool drawn;       /* a bar stands in the current line */
  double started, drawn_at;
  double line_at, pause; /* when the next line is due by the clock, and the time to the one after it; 0: none are */
};

/* Starts a bar of `total` steps on stderr if that is a terminal. Elsewhere a line comes after half a minute, and then
 * ever more rarely, up to every ten minutes; VORDEC_PROGRESS_SECONDS in the environment makes it so many seconds, 0
 * none. every: print a line each so many steps instead; 0: do not. label is borrowed. */
void progress_start(struct progress *progress, const char *label, size_t total, size_t every);

/* `done` steps are done. Cheap enough to be called after each: a bar is drawn a few times a second at most. */
void progress_at(struct progress *progress, size_t done);

/* Takes the bar away until the next progress_at(), so that a line can be printed. */
void progress_clear(struct progress *progress);

/* Takes the bar away for good. Accepts one that was never started or that ended. */
void progress_end(struct progress *progress);

#endif
