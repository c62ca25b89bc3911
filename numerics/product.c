/* SPDX-License-Identifier: MIT */
/*
 * product.c - the matrix product of kernels.h, in tiles that stay in registers.
 *
 * Every element is summed up by the same operations in the same order, wherever its tile begins: bits depend neither on
 * how rows are shared nor on the width of the last tile.
 */
#include <math.h>

#include "kernels.h"
#include "lanes.h"

#define VECTORS 2
#define WIDTH (VECTORS * LANES)

#define INLINE static inline __attribute__((always_inline))

/* A basis as large as this is kept in the first-level cache while all rows pass by. */
#define TABLE_DOUBLES 2048

struct tile {
  lanes value[PRODUCT_ROWS][VECTORS];
};

struct extremes {
  lanes largest, poison; /* the poison is 0 until a value is not finite */
};

INLINE void clear(struct tile *tile) {
  *tile = (struct tile){{{{0}}}};
}

INLINE void add_terms(struct tile *tile, const struct product *product, size_t set, const struct terms *terms, size_t y,
                      size_t x) {
  const double *signal = product->signal[set] + terms->signal * product->signal_pitch + y;
  const double *table = product->table + terms->row * product->table_pitch + x;
  for (size_t i = 0; i < terms->count; i++, signal += product->signal_pitch, table += product->table_pitch) {
    for (size_t j = 0; j < VECTORS; j++) {
      const lanes basis = lanes_load(table + j * LANES);
      for (size_t r = 0; r < PRODUCT_ROWS; r++) tile->value[r][j] += signal[r] * basis;
    }
  }
}

INLINE void put(const struct product *product, size_t set, const struct tile *even, const struct tile *odd, size_t y,
                size_t x) {
  const size_t pitch = product->pitch[set];
  double *left = product->left[set] + y * pitch + x, *right = product->right[set] + y * pitch - x - (LANES - 1);
  for (size_t r = 0; r < PRODUCT_ROWS; r++) {
    for (size_t j = 0; j < VECTORS; j++) {
      lanes_store(left + r * pitch + j * LANES, even->value[r][j] + odd->value[r][j]);
      lanes_store(right + r * pitch - j * LANES, lanes_reversed(even->value[r][j] - odd->value[r][j]));
    }
  }
}

/* The part of a tile that lies within the product. */
static void put_part(const struct product *product, size_t set, const struct tile *even, const struct tile *odd,
                     size_t y, size_t x) {
  const size_t pitch = product->pitch[set];
  for (size_t r = 0; r < PRODUCT_ROWS && y + r < product->rows; r++) {
    double *left = product->left[set] + (y + r) * pitch + x, *right = product->right[set] + (y + r) * pitch - x;
    for (size_t j = 0; j < WIDTH && x + j < product->columns; j++) {
      const double e = even->value[r][j / LANES][j % LANES], o = odd->value[r][j / LANES][j % LANES];
      left[j] = e + o;
      *(right - j) = e - o;
    }
  }
}

/* Infinite sums show themselves in `largest`; one that is not a number does only in the poison, and on both sides. */
INLINE void watch(struct extremes *extremes, const struct tile *even, const struct tile *odd, size_t rows) {
  for (size_t r = 0; r < PRODUCT_ROWS; r++) {
    if (r >= rows) break;
    for (size_t j = 0; j < VECTORS; j++) {
      const lanes sum = even->value[r][j] + odd->value[r][j], difference = even->value[r][j] - odd->value[r][j];
      extremes->largest = lanes_magnitude_max(sum, lanes_magnitude_max(difference, extremes->largest));
      extremes->poison += sum * 0.0;
    }
  }
}

INLINE void make_tile(const struct product *product, size_t y, size_t x, bool whole, struct extremes *extremes) {
  struct tile even, odd;
  clear(&even);
  clear(&odd);
  const bool second = product->even[1].count + product->odd[1].count > 0;
  if (product->left[0] || product->together) {
    add_terms(&even, product, 0, &product->even[0], y, x);
    add_terms(&odd, product, 0, &product->odd[0], y, x);
  }
  if (product->left[0]) whole ? put(product, 0, &even, &odd, y, x) : put_part(product, 0, &even, &odd, y, x);
  if (!second) return;
  if (!product->together) {
    clear(&even);
    clear(&odd);
  }
  add_terms(&even, product, 1, &product->even[1], y, x);
  add_terms(&odd, product, 1, &product->odd[1], y, x);
  if (product->left[1]) whole ? put(product, 1, &even, &odd, y, x) : put_part(product, 1, &even, &odd, y, x);
  watch(extremes, &even, &odd, whole ? PRODUCT_ROWS : product->rows - y);
}

/* All rows of the columns begin .. end - 1; `begin` is a multiple of PRODUCT_COLUMNS. */
static void make_columns(const struct product *product, size_t begin, size_t end, struct extremes *extremes) {
  for (size_t y = 0; y < product->rows; y += PRODUCT_ROWS) {
    const bool whole = y + PRODUCT_ROWS <= product->rows;
    size_t x = begin;
    for (; whole && x + WIDTH <= end; x += WIDTH) make_tile(product, y, x, true, extremes);
    for (; x < end; x += WIDTH) make_tile(product, y, x, false, extremes);
  }
}

static double absmax_of(const struct extremes *extremes) {
  double largest = 0, poison = 0;
  for (size_t i = 0; i < LANES; i++) {
    if (extremes->largest[i] > largest) largest = extremes->largest[i];
    poison += extremes->poison[i];
  }
  return poison == 0 && largest <= 0x1.fffffffffffffp1023 ? largest : NAN;
}

double KERNEL(multiply)(const struct product *product) {
  struct extremes extremes = {{0}, {0}};
  size_t terms = 0;
  for (size_t set = 0; set < 2; set++) terms += product->even[set].count + product->odd[set].count;
  size_t step = TABLE_DOUBLES / (terms + 1) / PRODUCT_COLUMNS * PRODUCT_COLUMNS;
  if (step == 0) step = PRODUCT_COLUMNS;
  for (size_t x = 0; x < product->columns; x += step) {
    make_columns(product, x, x + step < product->columns ? x + step : product->columns, &extremes);
  }
  return absmax_of(&extremes);
}
