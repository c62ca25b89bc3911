/* SPDX-License-Identifier: MIT */
/*
 * copy_crew.h - threads that copy what arrives piece by piece, while the caller waits for the next piece. One crew
 * belongs to one thread.
 */
#ifndef VORDEC_CORE_BASE_COPY_CREW_H
#define VORDEC_CORE_BASE_COPY_CREW_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "parallel_copy.h"

#define COPY_CREW_PIECES_MAX 16 /* that wait to be copied; what is added beyond, the caller copies itself */

struct copy_crew {
  pthread_mutex_t mutex;
  pthread_cond_t more; /* pieces, or their end */
  pthread_t threads[PARALLEL_COPY_THREADS_MAX];
  size_t thread_count;
  struct copy_crew_piece {
    char *to;
    const char *from;
    size_t bytes; /* that nobody has taken yet */
  } pieces[COPY_CREW_PIECES_MAX];
  size_t first, count; /* a ring */
  bool ends;
  bool alone; /* nothing could be made: the caller copies */
};

/* Starts at most `threads` threads; one that cannot be started is done without. */
void copy_crew_start(struct copy_crew *crew, size_t threads);
/* Has them copy as memcpy() does, beginning now. Both places stay as they are until copy_crew_finish(). */
void copy_crew_add(struct copy_crew *crew, void *to, const void *from, size_t bytes);
/* Helps with what is left; all of it is copied and the threads are gone on return. */
void copy_crew_finish(struct copy_crew *crew);

#endif
