/* SPDX-License-Identifier: MIT */
/*
 * cpu_mode_sums.h - stages 1 and 2 as sums over the modes there are, without an FFT.
 *
 * In the real basis of basis.h a spectrum of few modes is a small matrix U: omega_lp(y, x) = sum_ij U_ij b_i(y) b_j(x).
 * The sums along y are done first, for a panel of rows at a time; then every row is a sum over the functions of x.
 * Where a smoothing is given, both sums are done with the smoothed functions, too, and R = omega_lp - base comes out of
 * the same tile as omega_lp: nothing of the size of the grid is read again. Two matrix products, whose time grows with
 * the number of columns that hold a mode; from some number on an FFT is faster.
 */
#ifndef VORDEC_CPU_MODE_SUMS_H
#define VORDEC_CPU_MODE_SUMS_H

#include "cpu_modes.h"
#include "numerics/basis.h"
#include "numerics/pool.h"

struct mode_sums {
  struct grid grid;
  struct basis x, y;   /* no terms: not in use */
  double (*factor)[2]; /* for each mode of the table: its phase at the middle of the grid, times its weight */
};

/* Makes tables for the modes of a mode table; smoothing may be NULL. False: no memory, and the sums are not in use. */
bool mode_sums_create(struct mode_sums *sums, struct memory *memory, const struct grid *grid,
                      const struct mode_table *table, const struct smoothing *smoothing);
void mode_sums_destroy(struct mode_sums *sums, const struct memory_source *source);

static inline bool mode_sums_used(const struct mode_sums *sums) {
  return sums->factor != NULL;
}

/* What a slot of a team needs for itself. */
struct mode_sums_slot {
  double *signals;
  double absmax; /* of its share of R */
};

/* Makes this for so many slots, zeroed, to serve both sums, each of which may be out of use; NULL: no memory. */
struct mode_sums_slot *mode_sums_slots_create(const struct mode_sums *one, const struct mode_sums *other,
                                              struct memory *memory, size_t count);
void mode_sums_slots_destroy(struct mode_sums_slot *slots, const struct memory_source *source, size_t count);

/* The number of doubles of a matrix; 0 for sums that are not in use. */
size_t mode_sums_matrix_doubles(const struct mode_sums *sums);

/* One field's memory, and who works on it. */
struct mode_sums_work {
  const struct kernels *kernels;
  double *matrix; /* mode_sums_matrix_doubles() */
  double *r;      /* rows of grid.pitch */
  struct team team;
  struct mode_sums_slot *slots; /* of the team */
};

/* Stage 1: the matrix of the table's coefficients. */
void mode_sums_scatter(const struct mode_sums *sums, const struct mode_table *table, const struct coefficients *given,
                       double *matrix);

/* Stage 2: turns the matrix into a field with rows of `pitch`, or into nothing if `out` is NULL. With a smoothing, R
 * goes to work->r if mode_sums_keeps_r() says so, and max |R| is returned, or NAN if R is not finite everywhere;
 * otherwise 0. */
double mode_sums_run(const struct mode_sums *sums, const struct mode_sums_work *work, double *out, size_t pitch);

/* Small grids keep R in the cache. For a large grid it is less work to make R again than to read it from memory. */
bool mode_sums_keeps_r(const struct mode_sums *sums);

/* Makes the bit-planes of R (kernels.h), which is made again from the matrix, with the bits that it had before. */
void mode_sums_threshold(const struct mode_sums *sums, const struct mode_sums_work *work, struct planes planes,
                         double bound);

#endif
