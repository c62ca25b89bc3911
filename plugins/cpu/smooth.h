/*
 * smooth.h - separable smoothing with a box or a triangle, without multiplications or subtractions inside the window.
 *
 * A window's sum is put together from sums of 1, 2, 4, .. neighbouring samples, each made of two of the size before:
 * log2(w) passes over data in cache, the same tree of additions at every cell (so equal samples give equal sums
 * wherever they lie), and nothing that could drift or cancel as a running sum does. A triangle of width w is a box of
 * width h = (w + 1) / 2 twice, over samples that reach h - 1 past the output on both sides.
 */
#ifndef VORDEC_CPU_SMOOTH_H
#define VORDEC_CPU_SMOOTH_H

#include <vordec/types.h>

#include "grid.h"

struct smoothing {
  size_t width;
  enum vordec_smooth_kernel kernel;
  enum vordec_boundary boundary;
  double weight;       /* of both axes together */
  size_t block_rows;   /* the pass along y works on tiles of this many output rows .. */
  size_t tile_doubles; /* and takes this many samples with the rows around them */
};

/* Columns of a tile. */
#define SMOOTH_TILE_COLUMNS 16

struct smoothing smoothing_of(const struct grid *grid, size_t width, enum vordec_smooth_kernel kernel,
                              enum vordec_boundary boundary);

/* Doubles of scratch that one slot needs. */
size_t smooth_window_doubles(const struct smoothing *smoothing, const struct grid *grid);

/* One axis of n samples (at least the width), in place, weight included; scratch of smooth_line_doubles(). */
void smooth_line(const struct smoothing *smoothing, double *line, size_t n, double *scratch);
size_t smooth_line_doubles(const struct smoothing *smoothing, size_t n);

struct field;

/* Stage 3a: base of work->lp, and R = lp - base to work->other; work->spare is overwritten. Returns max |R|, NAN if R
 * is not finite everywhere. */
double smooth_residual(struct field *field);

#endif
