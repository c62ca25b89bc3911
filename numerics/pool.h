/* SPDX-License-Identifier: MIT */
/*
 * pool.h - a fixed set of threads that work through numbered slots.
 *
 * A run may last a few microseconds, less than it takes to wake a thread up. So whoever waits looks for a moment
 * whether the wait is over before going to sleep: workers for the next run, the caller for the last slots. Nobody waits
 * awake for longer than POOL_PATIENCE_NS.
 *
 * Written on pthreads rather than taken from a library, because a pool must report that a thread could not be started
 * (libpthreadpool waits for it for ever) and must be understood by ThreadSanitizer.
 */
#ifndef VORDEC_NUMERICS_POOL_H
#define VORDEC_NUMERICS_POOL_H

#include <stdbool.h>

#include "memory.h"

#define POOL_PATIENCE_NS 30000

struct pool;

/* Does the part of the work that belongs to `slot` of `slots`. */
typedef void (*pool_task)(void *ctx, size_t slot, size_t slots);

/* A pool of `threads` (1 .. POOL_THREADS_MAX), the calling thread included. `patient`: there is a processor for each of
 * them, and waiting awake takes it from nobody else. NULL: no memory, or a thread could not be started. */
#define POOL_THREADS_MAX 65535
struct pool *pool_create(struct memory *memory, size_t threads, bool patient);

/* In the child of a fork, which inherited the pool but none of its threads: starts new ones, or as many as it can. No
 * pool_run() was under way at the fork. */
void pool_restart(struct pool *pool);

/* Ends the threads. Accepts NULL. No pool_run() may be under way. */
void pool_destroy(struct pool *pool);

/* Calls task once for every slot 0 .. slots - 1 (at most as many as threads) and returns when all calls have returned.
 * Which thread takes which slot is left open. One caller at a time; not from within a task. */
void pool_run(struct pool *pool, size_t slots, pool_task task, void *ctx);

size_t pool_threads(const struct pool *pool);

/* Who works on one field: `slots` threads of the pool, or the calling thread alone (slots 1). */
struct team {
  struct pool *pool;
  size_t slots;
};

/* Runs task over the team's slots. */
static inline void team_run(struct team team, pool_task task, void *ctx) {
  if (team.slots > 1) {
    pool_run(team.pool, team.slots, task, ctx);
  } else {
    task(ctx, 0, 1);
  }
}

#endif
