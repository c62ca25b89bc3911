/* SPDX-License-Identifier: MIT */
/*
 * encode_spectrum.h - two-dimensional real transforms of the fields of encoders and of gradients, in place, by FFTW.
 *
 * An array holds either a field or its half spectrum, n rows of n / 2 + 1 complex values; either way a row takes
 * encode_spectrum_pitch() doubles. Transforms are single-threaded and planned by FFTW_ESTIMATE, so that equal input
 * gives equal bits in every run; several of them may be under way at a time.
 */
#ifndef VORDEC_CPU_ENCODE_SPECTRUM_H
#define VORDEC_CPU_ENCODE_SPECTRUM_H

#include <fftw3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "numerics/pool.h"

struct encode_spectrum {
  size_t n;
  fftw_plan forward;
};

static inline size_t encode_spectrum_pitch(size_t n) {
  return 2 * (n / 2 + 1);
}

/* `array` is one of the arrays to be transformed, which all have its alignment; it is not written to. False: no memory.
 */
bool encode_spectrum_create(struct encode_spectrum *spectrum, size_t n, double *array);
/* Accepts a zeroed one. */
void encode_spectrum_destroy(struct encode_spectrum *spectrum);

/* Transforms a field to its half spectrum, not divided by n^2. */
void encode_spectrum_transform(const struct encode_spectrum *spectrum, double *array);

/* The value of the full spectrum at flat index k, as the transform left it. For k and -k it always reads the same
 * entry, so that the two are conjugate to the last bit. */
void encode_spectrum_sum(const double *array, size_t n, size_t k, double sum[2]);
/* The same value divided by n^2: a coefficient. */
void encode_spectrum_mode(const double *array, size_t n, size_t k, double c[2]);

/* The index at which encode_spectrum_energy() looks for the mode with flat index k, in n rows of n / 2 + 1. */
size_t encode_spectrum_place(size_t n, size_t k);

/* The sum of |coefficient / n^2|^2 over the modes of the full spectrum that `skip` (n x (n / 2 + 1)) does not mark;
 * both modes of a pair count. The sum of each row is put into rows[] (n values), and these are added up in their order,
 * whatever the team. */
double encode_spectrum_energy(const double *array, size_t n, const uint8_t *skip, double *rows, struct team team);

#endif
