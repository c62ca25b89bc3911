/* SPDX-License-Identifier: MIT */
/*
 * guarded.h - arrays between pages that cannot be touched. One that ends where the page ends catches the first byte
 * past it; one that begins where the page begins, the first byte before.
 */
#ifndef VORDEC_CONFORMANCE_GUARDED_H
#define VORDEC_CONFORMANCE_GUARDED_H

#include <stdbool.h>
#include <stddef.h>

struct guarded {
  const char *name; /* for messages; static */
  unsigned char *map;
  size_t map_bytes;
  void *data;
  size_t bytes;
  bool sealed, gone;
};

enum guard_side { GUARD_AT_END, GUARD_AT_START };

/* `bytes` bytes, filled with a pattern, as are the bytes between them and the pages. At most 64 at a time; aborts
 * without memory. */
void guarded_create(struct guarded *array, const char *name, size_t bytes, enum guard_side side);
void guarded_destroy(struct guarded *array);

/* Nothing may be written to it any more. */
void guarded_seal(struct guarded *array);

/* Nothing may be read of it any more. */
void guarded_take_away(struct guarded *array);

/* Whether the bytes around the array are as they were; whether the array itself is. */
bool guarded_surroundings_intact(const struct guarded *array);
bool guarded_untouched(const struct guarded *array);

/* What a crash was about. */
struct guard_fault {
  const char *name; /* of the array whose array was hit; NULL: none */
  ptrdiff_t offset; /* in bytes from the array's beginning */
  size_t bytes;     /* the array's size */
  bool gone;        /* it had been taken away */
};

/* Has crashes noted in *fault before the process dies of them. */
void guard_watch(struct guard_fault *fault);

/* "8 bytes past the end of omega_lp", "in z, which is an input", .. */
void guard_explain(const struct guard_fault *fault, char *text, size_t size);

#endif
