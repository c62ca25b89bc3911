/* SPDX-License-Identifier: MIT */
/* The batches of one call, which several devices take when they have room. Any thread. */
#ifndef VORDEC_CORE_TEAM_POOL_H
#define VORDEC_CORE_TEAM_POOL_H

#include <pthread.h>
#include <stdbool.h>
#include <vordec/vordec.h>

#include "config_value.h"

#define TEAM_POOL_RETURNED (2 * CONFIG_DEVICES_MAX) /* how many the devices can have in progress */

struct team_pool {
  pthread_mutex_t lock;                                /* guards what follows `states` */
  size_t states, each;                                 /* states of the call, and of each batch except the last */
  size_t batches, next;                                /* batches in all, and how many were handed out in their order */
  size_t returned[TEAM_POOL_RETURNED], returned_count; /* given back by devices that were lost: handed out again */
  size_t done;                                         /* states */
  uint64_t until_ns;         /* after this time on the core's clock nothing is handed out; 0: no limit */
  size_t failed_at;          /* the first batch that failed; SIZE_MAX: none */
  struct vordec_error error; /* of that */
};

/* each: at least 1. */
void team_pool_init(struct team_pool *pool, size_t states, size_t each);
void team_pool_finish(struct team_pool *pool);

/* Takes the next batch; false: there is none, one has failed, or it is too late. */
bool team_pool_take(struct team_pool *pool, size_t *batch);
/* Says whether take() would hand out a batch. */
bool team_pool_has(struct team_pool *pool);
/* How many states a batch has. */
size_t team_pool_size(const struct team_pool *pool, size_t batch);

void team_pool_done(struct team_pool *pool, size_t batch);
/* Gives back a batch that was taken, so that another device decodes it. */
void team_pool_return(struct team_pool *pool, size_t batch);
/* Records that a batch failed: nothing more is handed out. Of those that fail, the first counts. */
void team_pool_fail(struct team_pool *pool, size_t batch, const struct vordec_error *error);

#endif
