/* SPDX-License-Identifier: MIT */
/*
 * cpu_modes.h - which cells of a half spectrum a list of coefficients fills, and from which coefficients.
 *
 * The field is the real part of sum_k c_k exp(i k.x). On a half spectrum that asks for (c_k + conj(c_-k)) / 2 at every
 * cell where k or -k is in the list; the index i of an axis pairs with (N - i) mod N, and a partner that is not in the
 * list counts as 0.
 */
#ifndef VORDEC_CPU_MODES_H
#define VORDEC_CPU_MODES_H

#include <stdbool.h>

#include "numerics/grid.h"
#include "numerics/memory.h"

/* One cell of the half spectrum: row = index along y, column = index along x (at most n / 2). `source` and `mirror` are
 * positions in the coefficient list of k and of -k, MODE_ABSENT if not in the list. */
#define MODE_ABSENT UINT32_MAX
struct mode {
  uint32_t source, mirror;
  uint16_t row, column;
};

struct mode_table {
  struct mode *modes;
  size_t count;
  uint16_t *columns; /* the columns that hold a mode, ascending */
  size_t column_count;
  uint16_t *place; /* index of a column among those; 0 for the rest */
};

/* Makes the table of `count` coefficients at distinct flat grid indices, in any order. False: no memory, and the table
 * is empty. */
bool mode_table_create(struct mode_table *table, struct memory *memory, const struct grid *grid, const uint32_t *index,
                       size_t count);
void mode_table_destroy(struct mode_table *table, const struct memory_source *source);

struct complex_value {
  double re, im;
};

/* Coefficient i of a list is re[i] + i im[i] for i < count, and 0 beyond. */
struct coefficients {
  const double *re, *im;
  size_t count;
};

/* The value of a mode's cell. */
static inline struct complex_value mode_value(const struct mode *mode, const struct coefficients *given) {
  struct complex_value value = {0, 0};
  if (mode->source < given->count) {
    value.re += 0.5 * given->re[mode->source];
    value.im += 0.5 * given->im[mode->source];
  }
  if (mode->mirror < given->count) {
    value.re += 0.5 * given->re[mode->mirror];
    value.im -= 0.5 * given->im[mode->mirror];
  }
  return value;
}

/* How often a column of the half spectrum counts in a sum over the whole one. */
static inline double mode_weight(const struct grid *grid, size_t column) {
  return column == 0 || 2 * column == grid->n ? 1.0 : 2.0;
}

#endif
