/*
 * fence.h - arrays between pages that cannot be touched. One that ends where the page ends catches the first byte past
 * it; one that begins where the page begins, the first byte before.
 */
#ifndef VORDEC_KIT_FENCE_H
#define VORDEC_KIT_FENCE_H

#include <stdbool.h>
#include <stddef.h>

struct fence {
  const char *name; /* for messages; static */
  unsigned char *map;
  size_t map_bytes;
  void *data;
  size_t bytes;
  bool sealed;
};

enum fence_side { FENCE_AT_END, FENCE_AT_START };

/* `bytes` bytes, filled with a pattern, as are the bytes between them and the pages. At most 32 at a time; aborts
 * without memory. */
void fence_create(struct fence *fence, const char *name, size_t bytes, enum fence_side side);
void fence_destroy(struct fence *fence);

/* Nothing may be written to it any more. */
void fence_seal(struct fence *fence);

/* Whether the bytes around the array are as they were; whether the array itself is. */
bool fence_surroundings_intact(const struct fence *fence);
bool fence_untouched(const struct fence *fence);

/* What a crash was about. */
struct fence_fault {
  const char *name; /* of the array whose fence was hit; NULL: none */
  ptrdiff_t offset; /* in bytes from the array's beginning */
  size_t bytes;     /* the array's size */
};

/* Has crashes noted in *fault before the process dies of them. */
void fence_watch(struct fence_fault *fault);

/* "8 bytes past the end of omega_lp", "in z, which is an input", .. */
void fence_explain(const struct fence_fault *fault, char *text, size_t size);

#endif
