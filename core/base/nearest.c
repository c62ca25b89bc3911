/* SPDX-License-Identifier: MIT */
#include "nearest.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static char plain(char c) {
  if (c >= 'A' && c <= 'Z') return (char)(c - 'A' + 'a');
  return c == '_' ? '-' : c;
}

static size_t least(size_t a, size_t b) {
  return a < b ? a : b;
}

/* How many changes lead from one word to the other; both are shorter than NEAREST_WORD_MAX. */
static size_t distance_between(const char *a, size_t m, const char *b, size_t n) {
  size_t rows[3][NEAREST_WORD_MAX + 1];
  for (size_t j = 0; j <= n; j++) rows[0][j] = j;
  for (size_t i = 1; i <= m; i++) {
    size_t *now = rows[i % 3], *before = rows[(i - 1) % 3], *first = rows[(i + 1) % 3];
    now[0] = i;
    for (size_t j = 1; j <= n; j++) {
      const bool same = plain(a[i - 1]) == plain(b[j - 1]);
      now[j] = least(before[j - 1] + !same, least(before[j], now[j - 1]) + 1);
      const bool swapped = i > 1 && j > 1 && plain(a[i - 1]) == plain(b[j - 2]) && plain(a[i - 2]) == plain(b[j - 1]);
      if (swapped) now[j] = least(now[j], first[j - 2] + 1);
    }
  }
  return rows[m % 3][n];
}

static bool begins(const char *word, size_t length, const char *candidate) {
  for (size_t i = 0; i < length; i++) {
    if (plain(word[i]) != plain(candidate[i])) return false;
  }
  return true;
}

struct nearest nearest_to(const char *word) {
  const size_t length = strlen(word);
  /* Up to a third of the letters may be wrong. Beyond that it would be a mere guess. */
  return (struct nearest){.word = word, .distance = length < 3 ? 1 : length / 3 + 1};
}

void nearest_offer(struct nearest *nearest, const char *candidate) {
  const size_t m = strlen(nearest->word), n = strlen(candidate);
  if (m >= NEAREST_WORD_MAX || n >= NEAREST_WORD_MAX || m == 0) return;
  size_t distance = distance_between(nearest->word, m, candidate, n);
  if (m > 1 && n > m && begins(nearest->word, m, candidate)) distance = least(distance, 1);
  if (distance >= nearest->distance) return;
  nearest->distance = distance;
  memcpy(nearest->best, candidate, n + 1);
}

void nearest_hint(const struct nearest *nearest, const char *before, char hint[NEAREST_HINT_MAX]) {
  *hint = '\0';
  if (*nearest->best) snprintf(hint, NEAREST_HINT_MAX, "; did you mean '%.8s%s'?", before, nearest->best);
}
