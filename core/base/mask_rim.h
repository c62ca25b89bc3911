/* SPDX-License-Identifier: MIT */
/* Whether a mask shows the field, or only the jump that a boundary of zeros makes along the rim of the grid. */
#ifndef VORDEC_CORE_BASE_MASK_RIM_H
#define VORDEC_CORE_BASE_MASK_RIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mask_rim {
  size_t depth;         /* how many cells deep the rim is, on its deeper side */
  double area, support; /* the rim's share of all cells, and of the cells whose mask is not 0 */
  bool crowded;         /* most of the mask's support lies in the rim */
};

/* What decides how far from the edge the zeros beyond the grid are felt: a smoothing window of `width` cells reaches
 * them, and each round of 3 x 3 majority can carry support one cell further. 0, 0: they are felt nowhere. */
struct rim_reach {
  size_t width, rounds;
};

/*
 * Measures a mask of n x n cells, whose rows are `pitch` bytes apart. The rim is the cells within reach of the edge. It
 * is crowded if the other cells have less than half of the support that they would have if the support were spread
 * evenly; then more than half of it lies in the rim. A rim of more than half the grid is never called crowded, since
 * that would say nothing. Any thread.
 */
struct mask_rim mask_rim_measure(const int8_t *mask, size_t n, size_t pitch, struct rim_reach reach);

/* Says the same in words, without a capital or a full stop. */
#define MASK_RIM_TEXT_MAX 240
void mask_rim_text(const struct mask_rim *rim, char text[MASK_RIM_TEXT_MAX]);

#endif
