/* SPDX-License-Identifier: MIT */
/*
 * basis.h - the real basis functions of one axis, plain and smoothed, as tables.
 *
 * A wavenumber k contributes cos(k x') and sin(k x') with x' = 2 pi (x - (n - 1) / 2) / n. Counted from the middle of
 * the grid, they are mirror images of themselves or their negatives, also where n is even, so that half of each is
 * enough. Smoothing with a symmetric window keeps that symmetry; after any other each has a part of either kind.
 */
#ifndef VORDEC_NUMERICS_BASIS_H
#define VORDEC_NUMERICS_BASIS_H

#include "kernels.h"
#include "memory.h"
#include "smooth.h"

struct basis {
  size_t n, half;   /* half = (n + 1) / 2, the middle of an odd grid included */
  size_t terms;     /* basis functions: cosines, then sines, each in the order of wavenumbers */
  uint16_t *cosine; /* of wavenumber k <= n / 2: the number of its cosine; `terms`, where that is 0 everywhere .. */
  uint16_t *sine;   /* .. or was not asked for */
  double *table;    /* rows of `pitch` as struct product wants them */
  size_t pitch;
  struct terms even[2], odd[2]; /* plain and smoothed */
};

/* The half-step circle: entry m of 2 n is (cos(pi m / n), sin(pi m / n)), mirror images to the last bit. NULL: no
 * memory. */
double (*basis_circle(struct memory *memory, size_t n))[2];

/* Tables for the wavenumbers k <= n / 2 with present[k]. Smoothed ones, times `sign`, are made if there is a smoothing.
 * False: no memory, and the basis is empty. */
bool basis_create(struct basis *basis, struct memory *memory, size_t n, const bool *present,
                  const struct smoothing *smoothing, double sign);
void basis_destroy(struct basis *basis, const struct memory_source *source);

#endif
