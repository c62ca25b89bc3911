/* SPDX-License-Identifier: MIT */
/*
 * loss.h - what a state loses of its field, and what other ways to keep as many numbers would lose.
 *
 * The decoded field is that of the low and kept modes, without a synthesised residual, as the stages of a decode define
 * it: the real part of the sum of the given modes. With w_k the coefficients of the field and d_k those of the decoded
 * one (divided by N^2), over all k: relative_l2 = sqrt(sum |d_k - w_k|^2 / sum |w_k|^2), which is the norm of the
 * difference over the norm of the field; correlation is Pearson's, without the mean. With E(s) the energy of shell s
 * (science/spectrum.h) the spectral error of the energy is sum |E_d(s) - E_w(s)| / sum E_w(s); of the enstrophy
 * likewise, with 0.5 |w_k|^2 in place of the energy. Phases count in the first two alone, amplitudes in all four.
 *
 * Independent numbers: a field is real, so a mode and its conjugate are two numbers, or one where it is its own
 * conjugate, however the state stores them.
 */
#ifndef VORDEC_SCIENCE_LOSS_H
#define VORDEC_SCIENCE_LOSS_H

#include <vordec/types.h>

/* The layout of the states. */
struct loss_desc {
  size_t n;                  /* 4 .. VORDEC_MAX_N */
  const uint8_t *mask_low;   /* n x n, non-zero: a low mode; copied */
  const int64_t *anchor_idx; /* flat indices inside the grid; copied */
  size_t anchors;
  bool ignore_anchors; /* as [combine] anchors = ignore: the kept modes do not reach the decoded field */
};

/* All 0 for a decoded field that is the field. NAN where a field of zeros leaves nothing to compare with. */
struct loss_measures {
  double relative_l2, correlation;
  double energy_spectrum, enstrophy_spectrum;
};

/* What the layout alone says. */
struct loss_info {
  size_t numbers;     /* independent ones in a state: modes, and the four scalars */
  size_t cut_numbers; /* in the smallest sharp cut |k| <= cut that holds at least as many */
  double cut;
  size_t largest_numbers; /* in the fewest of the largest modes that do (where they are counts for nothing) */
  size_t raw_numbers;     /* in the field: n x n */
};

/* The state, and for comparison that cut and those modes. */
struct loss_report {
  struct loss_measures state, cut, largest;
};

struct loss;

/* E_NO_MEMORY. One thread at a time per object. */
enum vordec_status loss_create(const struct loss_desc *desc, struct loss **loss, struct vordec_error *error);
void loss_destroy(struct loss *loss); /* accepts NULL */

void loss_get(const struct loss *loss, struct loss_info *info);

/* What a state z (2 M + 4 + 2 anchors values, as an encoder makes it) loses of the field omega (n x n, finite). */
struct loss_measures loss_of_state(struct loss *loss, const double *omega, const double *z);

/* The same beside the ways to compare with. */
struct loss_report loss_compare(struct loss *loss, const double *omega, const double *z);

#endif
