/* SPDX-License-Identifier: MIT */
#include "team_pool.h"

#include "core/base/clock.h"

void team_pool_init(struct team_pool *pool, size_t states, size_t each) {
  *pool = (struct team_pool){.states = states, .each = each, .batches = (states - 1) / each + 1, .failed_at = SIZE_MAX};
  pthread_mutex_init(&pool->lock, NULL);
}

void team_pool_finish(struct team_pool *pool) {
  pthread_mutex_destroy(&pool->lock);
}

/* Call with the lock held. */
static bool has(const struct team_pool *pool) {
  if (pool->failed_at != SIZE_MAX) return false;
  if (pool->returned_count == 0 && pool->next == pool->batches) return false;
  return pool->until_ns == 0 || clock_ns() < pool->until_ns;
}

bool team_pool_has(struct team_pool *pool) {
  pthread_mutex_lock(&pool->lock);
  const bool there = has(pool);
  pthread_mutex_unlock(&pool->lock);
  return there;
}

bool team_pool_take(struct team_pool *pool, size_t *batch) {
  pthread_mutex_lock(&pool->lock);
  const bool there = has(pool);
  if (there) *batch = pool->returned_count > 0 ? pool->returned[--pool->returned_count] : pool->next++;
  pthread_mutex_unlock(&pool->lock);
  return there;
}

size_t team_pool_size(const struct team_pool *pool, size_t batch) {
  const size_t left = pool->states - batch * pool->each;
  return left < pool->each ? left : pool->each;
}

void team_pool_done(struct team_pool *pool, size_t batch) {
  pthread_mutex_lock(&pool->lock);
  pool->done += team_pool_size(pool, batch);
  pthread_mutex_unlock(&pool->lock);
}

void team_pool_return(struct team_pool *pool, size_t batch) {
  pthread_mutex_lock(&pool->lock);
  pool->returned[pool->returned_count++] = batch;
  pthread_mutex_unlock(&pool->lock);
}

void team_pool_fail(struct team_pool *pool, size_t batch, const struct vordec_error *error) {
  pthread_mutex_lock(&pool->lock);
  if (batch < pool->failed_at) {
    pool->failed_at = batch;
    pool->error = *error;
  }
  pthread_mutex_unlock(&pool->lock);
}
