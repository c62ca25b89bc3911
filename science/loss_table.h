/* SPDX-License-Identifier: MIT */
/*
 * loss_table.h - what states of many sizes lose of the same fields.
 *
 * A setting is a k_cut, a mid cut, a number of kept modes and a width of smoothing. Its loss is that of science/loss.h,
 * relative L2, of the field that is decoded without a synthesised residual. All settings are measured on one spectrum
 * of the field and one of R for each width, by Parseval: low modes lose nothing, kept modes what the smoothing holds
 * back, others all. As an encoder does, the first frame chooses which modes are kept: those of the mid band with the
 * largest |r_k|, each with its conjugate. (An odd number of kept modes counts as one less.)
 */
#ifndef VORDEC_SCIENCE_LOSS_TABLE_H
#define VORDEC_SCIENCE_LOSS_TABLE_H

#include <vordec/types.h>

/* Every combination is measured in which the mid cut is beyond k_cut, and once for each k_cut the states without kept
 * modes, which have neither a mid cut nor a width that matters. Lists are copied. */
struct loss_axes {
  size_t n; /* 4 .. VORDEC_MAX_N */
  const double *k_cuts, *mid_cuts;
  const size_t *kept; /* full modes: a mode and its conjugate are two */
  const uint32_t *widths;
  size_t k_cut_count, mid_cut_count, kept_count, width_count; /* each at least 1 */

  enum vordec_smooth_kernel smooth_kernel;
  enum vordec_boundary boundary;
  uint32_t threads; /* 0: all */
};

struct loss_row {
  double k_cut;
  double mid_cut; /* NAN without kept modes */
  size_t asked;   /* kept modes of the axis; 0: none */
  size_t kept;    /* full modes; not more than the band has */
  uint32_t width; /* 0 without kept modes */
  size_t numbers; /* independent ones in the state, the four scalars included */
  double mean;    /* relative L2 over the frames */
  double worst;   /* in one frame */
};

/* So many independent numbers of the largest modes of each frame, and the four that a state has besides. */
struct loss_point {
  size_t numbers;
  double mean, worst;
};

struct loss_table;

/* E_NO_MEMORY. One thread at a time per object. */
enum vordec_status loss_table_create(const struct loss_axes *axes, struct loss_table **table,
                                     struct vordec_error *error);
void loss_table_destroy(struct loss_table *table); /* accepts NULL */

/* Measures a frame, n x n, finite. */
void loss_table_add(struct loss_table *table, const double *omega);

/* The rows so far, by rising k_cut, mid cut, width and kept modes. */
const struct loss_row *loss_table_rows(const struct loss_table *table, size_t *count);

/* The largest modes, over the range of sizes that the rows have; by rising size. */
const struct loss_point *loss_table_largest(const struct loss_table *table, size_t *count);

/* The row with the fewest numbers that loses at most `target` in every frame, of equal ones that with the smaller loss;
 * NULL: there is none. */
const struct loss_row *loss_table_pick(const struct loss_table *table, double target);

#endif
