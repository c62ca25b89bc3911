/*
 * memory.h - host memory with an account of how much is held.
 */
#ifndef VORDEC_CPU_MEMORY_H
#define VORDEC_CPU_MEMORY_H

#include <vordec/backend.h>

struct memory {
  const struct vordec_host *host;
  uint64_t bytes; /* handed out since the account was opened */
};

/* count * size bytes aligned to CPU_ALIGNMENT and set to zero, which also makes the pages resident before the first
 * decode is timed. NULL if the product overflows or the memory cannot be had. One thread at a time per account. */
void *memory_take(struct memory *memory, size_t count, size_t size);

/* Gives one block back to the host; the account keeps its total. Accepts NULL. */
void memory_release(const struct vordec_host *host, void *block);

#endif
