/* SPDX-License-Identifier: MIT */
/*
 * smooth.h - separable smoothing with any window of core/base/window.h.
 *
 * A box or a triangle takes no multiplications or subtractions inside the window. A box's sum is put together from sums
 * of 1, 2, 4, .. neighbouring samples, each made of two of the size before: log2(w) passes over data in cache, the same
 * tree of additions at every cell (so equal samples give equal sums wherever they lie), and nothing that could drift or
 * cancel as a running sum does. A triangle of width w is a box of width h = (w + 1) / 2 twice, over samples that reach
 * h - 1 past the output on both sides. Any other window is a sum of products, in the same order at every cell.
 */
#ifndef VORDEC_NUMERICS_SMOOTH_H
#define VORDEC_NUMERICS_SMOOTH_H

#include <stdbool.h>
#include <vordec/types.h>

#include "grid.h"
#include "memory.h"
#include "pool.h"

struct samples;

struct smoothing {
  struct grid grid;
  size_t width;
  enum vordec_boundary boundary;
  bool symmetric;  /* a window and its mirror image are the same */
  double *weights; /* width of them */
  /* How sums over the window are made, and what they are to be divided by. */
  void (*sum)(const struct smoothing *smoothing, struct samples *samples, size_t count);
  double total;
  double weight;       /* of both axes together */
  size_t block_rows;   /* the pass along y works on tiles of this many output rows .. */
  size_t tile_doubles; /* and takes this many samples with the rows around them */
};

/* Columns of a tile. */
#define SMOOTH_TILE_COLUMNS 16

struct window_choice {
  size_t width; /* 1 .. n */
  enum vordec_smooth_kernel kernel;
  enum vordec_boundary boundary;
};

/* False: no memory, and the smoothing is empty. */
bool smoothing_create(struct smoothing *smoothing, struct memory *memory, const struct grid *grid,
                      const struct window_choice *choice);
void smoothing_destroy(struct smoothing *smoothing, const struct memory_source *source);

/* Takes the way of all windows that have none of their own; for tests. */
void smoothing_generalise(struct smoothing *smoothing);

/* One axis of grid.n samples, in place, weight included; scratch of smooth_line_doubles(). */
void smooth_line(const struct smoothing *smoothing, double *line, double *scratch);
size_t smooth_line_doubles(const struct smoothing *smoothing);

/* What a slot of a team needs for itself. */
struct smooth_slot {
  double *samples;
  double absmax; /* of its share of R */
};

/* For so many slots, zeroed; NULL: no memory. */
struct smooth_slot *smooth_slots_create(const struct smoothing *smoothing, struct memory *memory, size_t count);
void smooth_slots_destroy(struct smooth_slot *slots, const struct memory_source *source, size_t count);

/* Fields of grid.pitch doubles a row. */
struct smooth_fields {
  const double *in;
  double *along_x;  /* overwritten */
  double *residual; /* R = in - base, base being `in` smoothed along both axes */
};

/* Fills R and returns max |R|, NAN if R is not finite everywhere. The bits do not depend on the number of slots. */
double smooth_residual(const struct smoothing *smoothing, const struct smooth_fields *fields, struct team team,
                       struct smooth_slot *slots);

#endif
