/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "core/base/clock.h"

/*
 * One word says which run is on and which of its slots are taken: run number, number of slots, next slot. It changes in
 * one step, so that a worker that comes late for a run cannot take a slot of it, and task and ctx stay as they are
 * while a slot is taken and not done.
 */
#define SLOT_BITS 16
#define SLOT_MASK (((uint64_t)1 << SLOT_BITS) - 1)

static uint64_t tickets_of_run(uint64_t run, size_t slots) {
  return run << 2 * SLOT_BITS | (uint64_t)slots << SLOT_BITS;
}

static size_t tickets_slots(uint64_t tickets) {
  return (size_t)(tickets >> SLOT_BITS & SLOT_MASK);
}

static size_t tickets_next(uint64_t tickets) {
  return (size_t)(tickets & SLOT_MASK);
}

struct pool {
  /* What threads at work write to has cache lines of its own. */
  _Alignas(64) atomic_uint_least64_t tickets;
  char apart[56];
  atomic_size_t finished; /* slots of the run that are done */
  char apart_too[56];

  struct memory_source source;
  pthread_t *workers;
  size_t threads; /* the workers that were started and the caller */
  uint64_t run;   /* the caller's */
  pool_task task;
  void *ctx;

  atomic_size_t sleepers; /* workers that have to be woken up */
  pthread_mutex_t lock;   /* of those who sleep */
  pthread_cond_t work, done;
  atomic_bool caller_sleeps, quit;
  bool patient;
};

static bool work_is_there(struct pool *pool) {
  const uint64_t tickets = atomic_load(&pool->tickets);
  return tickets_next(tickets) < tickets_slots(tickets) || atomic_load(&pool->quit);
}

static bool work_is_done(struct pool *pool) {
  return atomic_load(&pool->finished) == tickets_slots(atomic_load(&pool->tickets));
}

static void pause_briefly(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

/* Waits awake; true if the wait is over. */
static bool wait_awake(struct pool *pool, bool (*over)(struct pool *)) {
  if (!pool->patient) return over(pool);
  const uint64_t end = clock_ns() + POOL_PATIENCE_NS;
  do {
    for (size_t i = 0; i < 32; i++) {
      if (over(pool)) return true;
      pause_briefly();
    }
  } while (clock_ns() < end);
  return false;
}

/* Takes and does one slot; false if there is none left. */
static bool take_slot(struct pool *pool) {
  uint64_t tickets = atomic_load(&pool->tickets);
  do {
    if (tickets_next(tickets) >= tickets_slots(tickets)) return false;
  } while (!atomic_compare_exchange_weak(&pool->tickets, &tickets, tickets + 1));
  const size_t slots = tickets_slots(tickets);
  pool->task(pool->ctx, tickets_next(tickets), slots);
  if (atomic_fetch_add(&pool->finished, 1) + 1 == slots && atomic_load(&pool->caller_sleeps)) {
    pthread_mutex_lock(&pool->lock);
    pthread_cond_signal(&pool->done);
    pthread_mutex_unlock(&pool->lock);
  }
  return true;
}

static void sleep_until_work(struct pool *pool) {
  pthread_mutex_lock(&pool->lock);
  atomic_fetch_add(&pool->sleepers, 1); /* first this, then a look: pool_run() does it the other way round */
  while (!work_is_there(pool)) pthread_cond_wait(&pool->work, &pool->lock);
  atomic_fetch_sub(&pool->sleepers, 1);
  pthread_mutex_unlock(&pool->lock);
}

static void *worker_main(void *arg) {
  struct pool *pool = arg;
  while (!atomic_load(&pool->quit)) {
    if (take_slot(pool)) continue;
    if (!wait_awake(pool, work_is_there)) sleep_until_work(pool);
  }
  return NULL;
}

static void wake_workers(struct pool *pool, size_t count) {
  if (atomic_load(&pool->sleepers) == 0) return;
  pthread_mutex_lock(&pool->lock);
  for (size_t i = 0; i < count; i++) pthread_cond_signal(&pool->work);
  pthread_mutex_unlock(&pool->lock);
}

/* Starts workers until there are `threads` with the caller; false if one could not be started. */
static bool start_workers(struct pool *pool, size_t threads) {
  size_t started = 1;
  while (started < threads && pthread_create(&pool->workers[started - 1], NULL, worker_main, pool) == 0) started++;
  pool->threads = started;
  return started == threads;
}

static void init_sleep(struct pool *pool) {
  pthread_mutex_init(&pool->lock, NULL);
  pthread_cond_init(&pool->work, NULL);
  pthread_cond_init(&pool->done, NULL);
}

struct pool *pool_create(struct memory *memory, size_t threads, bool patient) {
  struct pool *pool = memory_take(memory, 1, sizeof *pool);
  if (!pool) return NULL;
  pool->source = memory->source;
  pool->threads = 1;
  pool->patient = patient;
  pool->workers = memory_take(memory, threads, sizeof *pool->workers);
  if (!pool->workers) {
    memory_release(&memory->source, pool);
    return NULL;
  }
  init_sleep(pool);
  if (!start_workers(pool, threads)) {
    pool_destroy(pool);
    return NULL;
  }
  return pool;
}

void pool_restart(struct pool *pool) {
  atomic_store(&pool->sleepers, 0);
  init_sleep(pool); /* a worker may have held the lock */
#if defined(__SANITIZE_THREAD__)
  pool->threads = 1; /* it takes new threads on old stacks for those of the parent, and ends the process */
#else
  start_workers(pool, pool->threads); /* the caller takes the slots of those that are missing */
#endif
}

void pool_destroy(struct pool *pool) {
  if (!pool) return;
  atomic_store(&pool->quit, true);
  pthread_mutex_lock(&pool->lock);
  pthread_cond_broadcast(&pool->work);
  pthread_mutex_unlock(&pool->lock);
  for (size_t i = 0; i + 1 < pool->threads; i++) pthread_join(pool->workers[i], NULL);
  pthread_cond_destroy(&pool->done);
  pthread_cond_destroy(&pool->work);
  pthread_mutex_destroy(&pool->lock);
  const struct memory_source source = pool->source;
  memory_release(&source, pool->workers);
  memory_release(&source, pool);
}

static void sleep_until_done(struct pool *pool) {
  pthread_mutex_lock(&pool->lock);
  atomic_store(&pool->caller_sleeps, true);
  while (!work_is_done(pool)) pthread_cond_wait(&pool->done, &pool->lock);
  atomic_store(&pool->caller_sleeps, false);
  pthread_mutex_unlock(&pool->lock);
}

void pool_run(struct pool *pool, size_t slots, pool_task task, void *ctx) {
  pool->task = task;
  pool->ctx = ctx;
  atomic_store(&pool->finished, 0);
  atomic_store(&pool->tickets, tickets_of_run(++pool->run, slots));
  if (slots > 1) wake_workers(pool, slots - 1);
  /* The caller takes slots too, all of them if they are done before a worker has woken up. */
  while (take_slot(pool)) continue;
  if (!wait_awake(pool, work_is_done)) sleep_until_done(pool);
}

size_t pool_threads(const struct pool *pool) {
  return pool->threads;
}
