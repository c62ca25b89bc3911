/* SPDX-License-Identifier: MIT */
/*
 * nearest.h - finds the word that was probably meant by a mistyped one. It is the word that the fewest changes lead to,
 * each of which adds, removes or replaces a letter, or swaps two neighbours (optimal string alignment), or one that the
 * mistyped word is the beginning of. Any thread.
 */
#ifndef VORDEC_CORE_BASE_NEAREST_H
#define VORDEC_CORE_BASE_NEAREST_H

#include <stddef.h>

#define NEAREST_WORD_MAX 64
#define NEAREST_HINT_MAX (NEAREST_WORD_MAX + 32)

struct nearest {
  const char *word;            /* what was typed; borrowed */
  size_t distance;             /* how many changes the best word is away */
  char best[NEAREST_WORD_MAX]; /* empty: none is near enough */
};

/* Begins a search for the word that was meant by `word`, which is borrowed. */
struct nearest nearest_to(const char *word);

/* Offers a word that may have been meant. Capitals count as small letters, and an underscore counts as a hyphen. */
void nearest_offer(struct nearest *nearest, const char *candidate);

/* Writes "; did you mean '--precision'?", with `before` ("--") in front of the word found, or an empty text if none of
 * those offered is near enough. */
void nearest_hint(const struct nearest *nearest, const char *before, char hint[NEAREST_HINT_MAX]);

#endif
