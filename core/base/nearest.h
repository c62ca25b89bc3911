/* SPDX-License-Identifier: MIT */
/*
 * nearest.h - of some words the one that was probably meant: by the fewest letters put in, left out, changed or swapped
 * with their neighbour (optimal string alignment), or because it goes on where the other stops.
 */
#ifndef VORDEC_CORE_BASE_NEAREST_H
#define VORDEC_CORE_BASE_NEAREST_H

#include <stddef.h>

#define NEAREST_WORD_MAX 64
#define NEAREST_HINT_MAX (NEAREST_WORD_MAX + 32)

struct nearest {
  const char *word;
  size_t distance;
  char best[NEAREST_WORD_MAX]; /* empty: none is near enough */
};

/* What was said; borrowed. Any thread. */
struct nearest nearest_to(const char *word);

/* A word that may have been meant. Capitals count as small letters, an underscore as a hyphen. */
void nearest_offer(struct nearest *nearest, const char *candidate);

/* "; did you mean '--precision'?" with `before` in front of the word, or nothing. */
void nearest_hint(const struct nearest *nearest, const char *before, char hint[NEAREST_HINT_MAX]);

#endif
