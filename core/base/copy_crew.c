/* SPDX-License-Identifier: MIT */
#include "copy_crew.h"

#include <signal.h>
#include <stdint.h>
#include <string.h>

#include "stream_copy.h"

#define BLOCK_BYTES ((size_t)1 << 20) /* what a thread takes at once; blocks begin where pages of the target do */
#define PAGE ((size_t)4096)

/* Takes the next block, which the caller then has to copy; false: there is none. To be called with the crew locked. */
static bool take_block(struct copy_crew *crew, struct copy_crew_piece *block) {
  if (crew->count == 0) return false;
  struct copy_crew_piece *piece = &crew->pieces[crew->first];
  const size_t bytes = BLOCK_BYTES - (uintptr_t)piece->to % PAGE;
  *block = *piece;
  if (block->bytes > bytes) block->bytes = bytes;
  piece->to += block->bytes;
  piece->from += block->bytes;
  piece->bytes -= block->bytes;
  if (piece->bytes > 0) return true;
  crew->first = (crew->first + 1) % COPY_CREW_PIECES_MAX;
  crew->count--;
  return true;
}

static void copy_blocks(struct copy_crew *crew) {
  struct copy_crew_piece block;
  pthread_mutex_lock(&crew->mutex);
  while (true) {
    if (take_block(crew, &block)) {
      pthread_mutex_unlock(&crew->mutex);
      stream_copy(block.to, block.from, block.bytes);
      pthread_mutex_lock(&crew->mutex);
    } else if (crew->ends) {
      break;
    } else {
      pthread_cond_wait(&crew->more, &crew->mutex);
    }
  }
  pthread_mutex_unlock(&crew->mutex);
}

static void *work(void *ctx) {
  copy_blocks(ctx);
  return NULL;
}

void copy_crew_start(struct copy_crew *crew, size_t threads) {
  sigset_t all, before;
  memset(crew, 0, sizeof *crew);
  crew->alone = true;
  if (threads > PARALLEL_COPY_THREADS_MAX) threads = PARALLEL_COPY_THREADS_MAX;
  if (pthread_mutex_init(&crew->mutex, NULL) != 0) return;
  if (pthread_cond_init(&crew->more, NULL) != 0) {
    pthread_mutex_destroy(&crew->mutex);
    return;
  }
  crew->alone = false;
  sigfillset(&all); /* the host's own threads are to get its signals, not these */
  if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) return;
  while (crew->thread_count < threads) {
    if (pthread_create(&crew->threads[crew->thread_count], NULL, work, crew) != 0) break;
    crew->thread_count++;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static bool hand_over(struct copy_crew *crew, const struct copy_crew_piece *piece) {
  if (crew->thread_count == 0) return false;
  pthread_mutex_lock(&crew->mutex);
  const bool room = crew->count < COPY_CREW_PIECES_MAX;
  if (room) crew->pieces[(crew->first + crew->count++) % COPY_CREW_PIECES_MAX] = *piece;
  pthread_cond_broadcast(&crew->more);
  pthread_mutex_unlock(&crew->mutex);
  return room;
}

void copy_crew_add(struct copy_crew *crew, void *to, const void *from, size_t bytes) {
  const struct copy_crew_piece piece = {.to = to, .from = from, .bytes = bytes};
  if (bytes == 0 || hand_over(crew, &piece)) return;
  stream_copy(to, from, bytes);
}

void copy_crew_finish(struct copy_crew *crew) {
  if (crew->alone) return;
  pthread_mutex_lock(&crew->mutex);
  crew->ends = true;
  pthread_cond_broadcast(&crew->more);
  pthread_mutex_unlock(&crew->mutex);
  copy_blocks(crew);
  for (size_t i = 0; i < crew->thread_count; i++) pthread_join(crew->threads[i], NULL);
  pthread_cond_destroy(&crew->more);
  pthread_mutex_destroy(&crew->mutex);
}
