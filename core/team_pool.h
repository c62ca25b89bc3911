/* SPDX-License-Identifier: MIT */
/* The batches of one call that several devices take from, each when it has room. Any thread. */
#ifndef VORDEC_CORE_TEAM_POOL_H
#define VORDEC_CORE_TEAM_POOL_H

#include <pthread.h>
#include <stdbool.h>
#include <vordec/vordec.h>

#include "config_value.h"

#define TEAM_POOL_RETURNED (2 * CONFIG_DEVICES_MAX) /* what devices can have under way */

struct team_pool {
  pthread_mutex_t lock;                                /* guards what follows `states` */
  size_t states, each;                                 /* of the call, and of a batch but for the last */
  size_t batches, next;                                /* in all, and handed out in their order */
  size_t returned[TEAM_POOL_RETURNED], returned_count; /* by devices that were lost: handed out again */
  size_t done;                                         /* states */
  uint64_t until_ns;         /* nothing is handed out later on the core's clock; 0: no limit */
  size_t failed_at;          /* the first batch that failed; SIZE_MAX: none */
  struct vordec_error error; /* of that */
};

/* each: at least 1. */
void team_pool_init(struct team_pool *pool, size_t states, size_t each);
void team_pool_finish(struct team_pool *pool);

/* The next batch; false: there is none, one has failed, or it is too late. */
bool team_pool_take(struct team_pool *pool, size_t *batch);
/* Whether take() would hand one out. */
bool team_pool_has(struct team_pool *pool);
/* How many states a batch has. */
size_t team_pool_size(const struct team_pool *pool, size_t batch);

void team_pool_done(struct team_pool *pool, size_t batch);
/* It was taken, and somebody else shall decode it. */
void team_pool_return(struct team_pool *pool, size_t batch);
/* It failed: nothing more is handed out. The first of those that fail counts. */
void team_pool_fail(struct team_pool *pool, size_t batch, const struct vordec_error *error);

#endif
