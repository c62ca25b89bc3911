/*
 * synthesis.h - stages 1 and 2 as sums over the modes there are, without an FFT.
 *
 * In the real basis of axis.h a spectrum of few modes is a small matrix U: omega_lp(y, x) = sum_ij U_ij b_i(y) b_j(x).
 * The sums along y are done first, for a panel of rows at a time; then every row is a sum over the functions of x.
 * Where a smoothing is given, both sums are done with the smoothed functions, too, and R = omega_lp - base comes out of
 * the same tile as omega_lp: nothing of the size of the grid is read again. Two matrix products, whose time grows with
 * the number of columns that hold a mode; from some number on an FFT is faster.
 */
#ifndef VORDEC_CPU_SYNTHESIS_H
#define VORDEC_CPU_SYNTHESIS_H

#include "axis.h"
#include "modes.h"

struct field;

struct synthesis {
  struct axis x, y;    /* no terms: not in use */
  double (*factor)[2]; /* of each mode of the table: its phase at the middle of the grid, times its weight */
};

/* Tables for the modes of a table; smoothing may be NULL. False: no memory, and the synthesis is not in use. */
bool synthesis_create(struct synthesis *synthesis, struct memory *memory, const struct grid *grid,
                      const struct mode_table *table, const struct smoothing *smoothing);
void synthesis_destroy(struct synthesis *synthesis, const struct vordec_host *host);

static inline bool synthesis_used(const struct synthesis *synthesis) {
  return synthesis->factor != NULL;
}

/* Doubles of work->matrix, and of each slot's scratch. */
size_t synthesis_matrix_doubles(const struct synthesis *synthesis);
size_t synthesis_slot_doubles(const struct synthesis *synthesis);

/* Stage 1: coefficient i of the table's list is re[i] + i im[i] for i < count and 0 beyond; to work->matrix. */
void synthesis_scatter(struct field *field, const struct synthesis *synthesis, const struct mode_table *table,
                       const double *re, const double *im, size_t count);

/* Stage 2: work->matrix to a field of rows of `pitch`, or to nowhere if `out` is NULL. With a smoothing, R goes to
 * work->other, if synthesis_keeps_r(), and max |R| is returned, NAN if R is not finite everywhere; else 0. */
double synthesis_run(struct field *field, const struct synthesis *synthesis, double *out, size_t pitch);

/* Small grids keep R in the cache. For a large one it is less work to make it again than to bring it back. */
bool synthesis_keeps_r(const struct synthesis *synthesis);

/* The bit-planes of R (kernels.h), which is made again from work->matrix; its bits are those that it had before. */
void synthesis_threshold(struct field *field, const struct synthesis *synthesis, struct planes planes, double bound);

#endif
