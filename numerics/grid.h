/* SPDX-License-Identifier: MIT */
/*
 * grid.h - the sizes that follow from N, and how they are laid out in work memory.
 */
#ifndef VORDEC_NUMERICS_GRID_H
#define VORDEC_NUMERICS_GRID_H

#include <stddef.h>

struct grid {
  size_t n;
  size_t half;  /* columns of a half spectrum, n / 2 + 1 */
  size_t pitch; /* doubles from row to row of a field; at least 2 half, so that a field can hold a half spectrum */
  size_t column_pitch; /* complex values from column to column of a spectrum stored by columns */
  size_t mask_pitch;   /* bytes from row to row of a mask */
};

/* Rounds count up to whole cache lines of `per_line` elements, and off a multiple of 4 KiB, where the cells above each
 * other would compete for the same cache lines. */
static inline size_t grid_padded(size_t count, size_t per_line) {
  const size_t padded = (count + per_line - 1) / per_line * per_line;
  return padded % (per_line * 64) == 0 ? padded + per_line : padded;
}

static inline struct grid grid_of(size_t n) {
  const size_t half = n / 2 + 1;
  return (struct grid){.n = n,
                       .half = half,
                       .pitch = grid_padded(2 * half, 8),
                       .column_pitch = grid_padded(n, 4),
                       .mask_pitch = grid_padded(n, 64)};
}

/* A half-open range of rows, columns or elements. */
struct range {
  size_t begin, end;
};

/* The part of `count` elements that slot number `slot` of `slots` works on. */
static inline struct range range_of_slot(size_t count, size_t slot, size_t slots) {
  return (struct range){count * slot / slots, count * (slot + 1) / slots};
}

#endif
