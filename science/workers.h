/* SPDX-License-Identifier: MIT */
/*
 * workers.h - threads, and memory of the C library's.
 */
#ifndef VORDEC_SCIENCE_WORKERS_H
#define VORDEC_SCIENCE_WORKERS_H

#include <vordec/types.h>

#include "numerics/grid.h"
#include "numerics/pool.h"

struct workers {
  struct memory memory;
  struct pool *pool;
};

/* Starts `threads` threads (0: as many as there are processors for this process), the caller's included. E_NO_MEMORY.
 * The pool serves one caller at a time. */
enum vordec_status workers_start(struct workers *workers, uint32_t threads, struct vordec_error *error);

/* Accepts what a failed workers_start() left, and zeroes. */
void workers_stop(struct workers *workers);

/* All of them. */
static inline struct team workers_team(const struct workers *workers) {
  return (struct team){workers->pool, pool_threads(workers->pool)};
}

static inline size_t workers_count(const struct workers *workers) {
  return pool_threads(workers->pool);
}

/* Calls task once for each slot 0 .. workers_count() - 1, and returns when all calls have returned. */
static inline void workers_run(const struct workers *workers, pool_task task, void *ctx) {
  pool_run(workers->pool, workers_count(workers), task, ctx);
}

#endif
