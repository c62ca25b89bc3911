/* SPDX-License-Identifier: MIT */
/* Whether a mask shows a field, or only the jump that a boundary of zeros makes along the rim. */
#ifndef VORDEC_CORE_BASE_MASK_RIM_H
#define VORDEC_CORE_BASE_MASK_RIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mask_rim {
  size_t depth;         /* cells from the edge inwards, on the deeper side */
  double area, support; /* the rim's share of the cells, and of the cells whose mask is not 0 */
  bool crowded;
};

/* How far from the edge zeros beyond the grid can be seen: from where a window of `width` reaches there, and since a
 * round of 3 x 3 majority can carry support one cell further. 0, 0: nowhere. */
struct rim_reach {
  size_t width, rounds;
};

/*
 * Of n x n cells, in rows that are `pitch` apart, the rim are those within reach of the edge. It is crowded if the
 * others have less than half of the support that they would have if it lay evenly; then more than half of it lies in
 * the rim. No rim of more than half the grid is: it says nothing. Any thread.
 */
struct mask_rim mask_rim_measure(const int8_t *mask, size_t n, size_t pitch, struct rim_reach reach);

/* In words, without a capital or a full stop. */
#define MASK_RIM_TEXT_MAX 240
void mask_rim_text(const struct mask_rim *rim, char text[MASK_RIM_TEXT_MAX]);

#endif
