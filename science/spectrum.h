/* SPDX-License-Identifier: MIT */
/*
 * spectrum.h - what is measured on a vorticity field, and how two fields are compared.
 *
 * With w_k the coefficients of the field (divided by N^2) and k' = k with its own Nyquist component set to 0, mode k
 * holds the energy 0.5 |w_k|^2 (kx'^2 + ky'^2) / |k|^4, which is 0.5 mean(u^2 + v^2) in all; the mean holds none.
 * That is in a box of side 2 pi; with another side L it is (L / 2 pi)^2 of it.
 */
#ifndef VORDEC_SCIENCE_SPECTRUM_H
#define VORDEC_SCIENCE_SPECTRUM_H

#include <vordec/types.h>

struct spectrum;

/* For fields of side n (4 .. VORDEC_MAX_N). E_NO_MEMORY. One thread at a time per object. */
enum vordec_status spectrum_create(size_t n, struct spectrum **spectrum, struct vordec_error *error);
/* Energies are those in a box of this side from now on; 2 pi before. */
void spectrum_set_box(struct spectrum *spectrum, double side);
void spectrum_destroy(struct spectrum *spectrum); /* accepts NULL */

/* Number of shells: shell s holds the modes whose |k|, rounded to the nearest integer, is s. */
size_t spectrum_shells(const struct spectrum *spectrum);

/* What a field holds: energy 0.5 mean(u^2 + v^2), enstrophy 0.5 mean(omega^2), and shell[] (spectrum_shells() values,
 * or NULL) the energy of each shell; their sum is the energy. */
struct spectrum_totals {
  double energy, enstrophy;
};
struct spectrum_totals spectrum_measure(struct spectrum *spectrum, const double *omega, double *shell);

/* Norm of a - b over norm of b. 0 over 0 is 0. Thread-safe. */
double field_relative_l2(const double *a, const double *b, size_t count);

/* Pearson's correlation; NAN where a or b is constant. Thread-safe. */
double field_correlation(const double *a, const double *b, size_t count);

#endif
