/* SPDX-License-Identifier: MIT */
#include "parallel_copy.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define PAGE ((size_t)4096) /* parts begin where pages do, so that no two threads ask the kernel for the same one */

struct part {
  void *to;
  const void *from;
  size_t bytes; /* how many are written */
  bool narrows; /* doubles become floats */
  pthread_t thread;
  bool started;
};

static void narrow(float *to, const double *from, size_t count) {
  for (size_t i = 0; i < count; i++) to[i] = (float)from[i];
}

static void *do_part(void *ctx) {
  const struct part *part = ctx;
  if (part->narrows) {
    narrow(part->to, part->from, part->bytes / sizeof(float));
  } else {
    memcpy(part->to, part->from, part->bytes);
  }
  return NULL;
}

static size_t choose_parts(size_t bytes, size_t threads) {
  const size_t worth = bytes / PARALLEL_COPY_LEAST_BYTES;
  const size_t most = threads < PARALLEL_COPY_THREADS_MAX ? threads : PARALLEL_COPY_THREADS_MAX;
  return worth < most ? worth : most;
}

/* The offset at which part i of `parts` begins. */
static size_t begin_of(const char *to, size_t bytes, size_t i, size_t parts) {
  if (i == 0 || i == parts) return i == 0 ? 0 : bytes;
  const size_t at = bytes / parts * i, over = ((uintptr_t)to + at) % PAGE;
  return at - over;
}

/* Starts a thread that takes no signals: those are for the host's own threads. */
static void start(struct part *parts, size_t count) {
  sigset_t all, before;
  sigfillset(&all);
  if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) return;
  for (size_t i = 1; i < count; i++) {
    parts[i].started = pthread_create(&parts[i].thread, NULL, do_part, &parts[i]) == 0;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* Divides `all` among several threads. */
static void do_all(const struct part *all, size_t threads) {
  struct part parts[PARALLEL_COPY_THREADS_MAX];
  const size_t count = choose_parts(all->bytes, threads), from_each = all->narrows ? 2 : 1;
  if (count < 2) {
    struct part alone = *all;
    do_part(&alone);
    return;
  }
  for (size_t i = 0; i < count; i++) {
    const size_t begin = begin_of(all->to, all->bytes, i, count), end = begin_of(all->to, all->bytes, i + 1, count);
    parts[i] = (struct part){.to = (char *)all->to + begin,
                             .from = (const char *)all->from + from_each * begin,
                             .bytes = end - begin,
                             .narrows = all->narrows};
  }
  start(parts, count);
  do_part(&parts[0]);
  for (size_t i = 1; i < count; i++) {
    if (parts[i].started) {
      pthread_join(parts[i].thread, NULL);
    } else {
      do_part(&parts[i]);
    }
  }
}

void parallel_copy(void *to, const void *from, size_t bytes, size_t threads) {
  do_all(&(struct part){.to = to, .from = from, .bytes = bytes}, threads);
}

void parallel_narrow(float *to, const double *from, size_t count, size_t threads) {
  do_all(&(struct part){.to = to, .from = from, .bytes = count * sizeof *to, .narrows = true}, threads);
}
