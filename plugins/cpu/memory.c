#include "memory.h"

#include <string.h>

#include "grid.h"

void *memory_take(struct memory *memory, size_t count, size_t size) {
  if (size != 0 && count > SIZE_MAX / 2 / size) return NULL;
  /* At least one byte, and whole lines: aligned allocators want a multiple of the alignment. */
  const size_t wanted = count * size + (count * size == 0);
  const size_t bytes = (wanted + CPU_ALIGNMENT - 1) / CPU_ALIGNMENT * CPU_ALIGNMENT;
  void *block = memory->host->allocate(memory->host->ctx, CPU_ALIGNMENT, bytes);
  if (!block) return NULL;
  memset(block, 0, bytes);
  memory->bytes += bytes;
  return block;
}

void memory_release(const struct vordec_host *host, void *block) {
  if (block) host->release(host->ctx, block);
}
