/* SPDX-License-Identifier: MIT */
/*
 * copy_crew.h - threads that copy what arrives piece by piece, while the caller waits for the next piece. All calls on
 * a crew come from one thread.
 */
#ifndef VORDEC_CORE_BASE_COPY_CREW_H
#define VORDEC_CORE_BASE_COPY_CREW_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "parallel_copy.h"

#define COPY_CREW_PIECES_MAX 16 /* pieces that can wait; the caller itself copies what is added beyond these */

struct copy_crew {
  pthread_mutex_t mutex;
  pthread_cond_t more; /* there are more pieces, or there will be none */
  pthread_t threads[PARALLEL_COPY_THREADS_MAX];
  size_t thread_count;
  struct copy_crew_piece {
    char *to;
    const char *from;
    size_t bytes; /* what nobody has taken yet */
  } pieces[COPY_CREW_PIECES_MAX];
  size_t first, count; /* which of `pieces`, a ring, wait */
  bool ends;           /* no piece will follow */
  bool alone;          /* no crew could be made: the caller copies */
};

/* Starts up to `threads` threads. Where fewer can be started, fewer copy. */
void copy_crew_start(struct copy_crew *crew, size_t threads);
/* Has the threads copy as memcpy() does, beginning now. Source and target must stay untouched until
 * copy_crew_finish(). */
void copy_crew_add(struct copy_crew *crew, void *to, const void *from, size_t bytes);
/* Helps with what is left. When it returns, everything is copied and the threads are gone. */
void copy_crew_finish(struct copy_crew *crew);

#endif
