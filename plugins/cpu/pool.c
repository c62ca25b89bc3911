#include "pool.h"

#include <pthread.h>

struct pool {
  const struct vordec_host *host;
  pthread_t *workers;
  size_t threads; /* the workers that were started and the caller */

  pthread_mutex_t lock; /* guards all that follows */
  pthread_cond_t work, done;
  pool_task task;
  void *ctx;
  size_t slots;          /* of the run */
  size_t next, finished; /* slots taken and slots done; next == slots: nothing to take */
  bool quit;
};

/* Takes and does one slot; the lock is held on entry and on return. */
static void take_slot(struct pool *pool) {
  const size_t slot = pool->next++;
  const pool_task task = pool->task;
  void *ctx = pool->ctx;
  const size_t slots = pool->slots;
  pthread_mutex_unlock(&pool->lock);
  task(ctx, slot, slots);
  pthread_mutex_lock(&pool->lock);
  if (++pool->finished == slots) pthread_cond_signal(&pool->done);
}

static void *worker_main(void *arg) {
  struct pool *pool = arg;
  pthread_mutex_lock(&pool->lock);
  while (!pool->quit) {
    if (pool->next < pool->slots) {
      take_slot(pool);
    } else {
      pthread_cond_wait(&pool->work, &pool->lock);
    }
  }
  pthread_mutex_unlock(&pool->lock);
  return NULL;
}

/* Starts workers until there are `threads` with the caller; false if one could not be started. */
static bool start_workers(struct pool *pool, size_t threads) {
  size_t started = 1;
  while (started < threads && pthread_create(&pool->workers[started - 1], NULL, worker_main, pool) == 0) started++;
  pool->threads = started;
  return started == threads;
}

struct pool *pool_create(struct memory *memory, size_t threads) {
  struct pool *pool = memory_take(memory, 1, sizeof *pool);
  if (!pool) return NULL;
  pool->host = memory->host;
  pool->threads = 1;
  pool->workers = memory_take(memory, threads, sizeof *pool->workers);
  if (!pool->workers) {
    memory_release(memory->host, pool);
    return NULL;
  }
  pthread_mutex_init(&pool->lock, NULL);
  pthread_cond_init(&pool->work, NULL);
  pthread_cond_init(&pool->done, NULL);
  if (!start_workers(pool, threads)) {
    pool_destroy(pool);
    return NULL;
  }
  return pool;
}

void pool_destroy(struct pool *pool) {
  if (!pool) return;
  pthread_mutex_lock(&pool->lock);
  pool->quit = true;
  pthread_cond_broadcast(&pool->work);
  pthread_mutex_unlock(&pool->lock);
  for (size_t i = 0; i + 1 < pool->threads; i++) pthread_join(pool->workers[i], NULL);
  pthread_cond_destroy(&pool->done);
  pthread_cond_destroy(&pool->work);
  pthread_mutex_destroy(&pool->lock);
  memory_release(pool->host, pool->workers);
  memory_release(pool->host, pool);
}

void pool_run(struct pool *pool, size_t slots, pool_task task, void *ctx) {
  pthread_mutex_lock(&pool->lock);
  pool->task = task;
  pool->ctx = ctx;
  pool->slots = slots;
  pool->next = 0;
  pool->finished = 0;
  for (size_t i = 1; i < slots; i++) pthread_cond_signal(&pool->work);
  /* The caller takes slots too, all of them if they are done before a worker has woken up. */
  while (pool->next < slots) take_slot(pool);
  while (pool->finished < slots) pthread_cond_wait(&pool->done, &pool->lock);
  pthread_mutex_unlock(&pool->lock);
}

size_t pool_threads(const struct pool *pool) {
  return pool->threads;
}
