/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include <stdlib.h>
#include <string.h>

static void *allocate_from_process(void *ctx, size_t alignment, size_t size) {
  (void)ctx;
  return aligned_alloc(alignment, size);
}

static void release_to_process(void *ctx, void *block) {
  (void)ctx;
  free(block);
}

struct memory_source memory_of_process(void) {
  return (struct memory_source){.allocate = allocate_from_process, .release = release_to_process};
}

void *memory_take(struct memory *memory, size_t count, size_t size) {
  if (size != 0 && count > SIZE_MAX / 2 / size) return NULL;
  /* At least one byte, and whole lines: aligned allocators want a multiple of the alignment. */
  const size_t wanted = count * size + (count * size == 0);
  const size_t bytes = (wanted + MEMORY_ALIGNMENT - 1) / MEMORY_ALIGNMENT * MEMORY_ALIGNMENT;
  void *block = memory->source.allocate(memory->source.ctx, MEMORY_ALIGNMENT, bytes);
  if (!block) return NULL;
  memset(block, 0, bytes);
  memory->bytes += bytes;
  return block;
}

void memory_release(const struct memory_source *source, void *block) {
  if (block) source->release(source->ctx, block);
}
