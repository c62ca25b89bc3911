/* SPDX-License-Identifier: MIT */
/*
 * memory.h - aligned memory with an account of how much is held.
 */
#ifndef VORDEC_NUMERICS_MEMORY_H
#define VORDEC_NUMERICS_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/* Alignment in bytes of every work array and of every row in it, so that a result cannot depend on where a row lies. */
#define MEMORY_ALIGNMENT 64

/* Where memory comes from: a host that lends its own, or the C library. */
struct memory_source {
  void *ctx;
  void *(*allocate)(void *ctx, size_t alignment, size_t size); /* NULL: out of memory; thread-safe */
  void (*release)(void *ctx, void *block);                     /* thread-safe */
};

struct memory {
  struct memory_source source;
  uint64_t bytes; /* handed out since the account was opened */
};

/* The C library's memory. */
struct memory_source memory_of_process(void);

/* count * size bytes aligned to MEMORY_ALIGNMENT and set to zero, which also makes the pages resident before the first
 * decode is timed. NULL if the product overflows or the memory cannot be had. One thread at a time per account. */
void *memory_take(struct memory *memory, size_t count, size_t size);

/* Gives one block back; accounts keep their totals. Accepts NULL. */
void memory_release(const struct memory_source *source, void *block);

#endif
