/* SPDX-License-Identifier: MIT */
/*
 * fft.h - two-dimensional real transforms in place, by FFTW.
 *
 * A buffer holds either a field, n rows of n doubles, or its half spectrum, n rows (ky) of n / 2 + 1 complex values
 * (kx = 0 .. n / 2); either way a row takes fft_pitch(n) doubles. Plans are single-threaded and made by FFTW_ESTIMATE,
 * so that equal input gives equal bits in every run, and serve every buffer that fft_buffer() made. A plan may be used
 * by several threads at once on different buffers.
 */
#ifndef VORDEC_SCIENCE_FFT_H
#define VORDEC_SCIENCE_FFT_H

#include <fftw3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fft {
  size_t n;
  fftw_plan forward, inverse;
};

/* Doubles from row to row of a buffer. */
static inline size_t fft_pitch(size_t n) {
  return 2 * (n / 2 + 1);
}

/* Wavenumber of index i of an axis. */
static inline int64_t fft_wavenumber(size_t i, size_t n) {
  return 2 * i < n ? (int64_t)i : (int64_t)i - (int64_t)n;
}

/* How often column kx of a half spectrum counts in a sum over the whole one. */
static inline double fft_weight(size_t column, size_t n) {
  return column == 0 || 2 * column == n ? 1.0 : 2.0;
}

/* Independent numbers of the mode at a place of a half spectrum, which stands for its conjugate, too; 0 where another
 * place does. */
static inline uint32_t fft_numbers(size_t n, size_t y, size_t x) {
  const bool own_column = x == 0 || 2 * x == n;
  if (!own_column) return 2;
  if (2 * y > n) return 0;
  return y == 0 || 2 * y == n ? 1 : 2;
}

/* |k|^2 there. */
static inline size_t fft_squared(size_t n, size_t y, size_t x) {
  const int64_t ky = fft_wavenumber(y, n), kx = (int64_t)x;
  return (size_t)(ky * ky + kx * kx);
}

/* A zeroed buffer for side n, to be freed by fftw_free(); NULL: no memory. */
double *fft_buffer(size_t n);

/* Makes both plans; `buffer` is not written to. False: no memory, and *fft is empty. Thread-safe against others of this
 * function and fft_destroy(). */
bool fft_create(struct fft *fft, size_t n, double *buffer);

/* Accepts what a failed fft_create() left, and zeroes. */
void fft_destroy(struct fft *fft);

/* Field to half spectrum, sum over x of w(x) exp(-i k.x), not divided by n^2. */
void fft_forward(const struct fft *fft, double *buffer);

/* Half spectrum to field, sum over all k of c_k exp(i k.x); no factor. The imaginary parts of modes that are their own
 * mirror are ignored. */
void fft_inverse(const struct fft *fft, double *buffer);

/* Copies between buffers and contiguous n x n fields. */
void fft_store(const double *buffer, size_t n, double *field);
void fft_load(double *buffer, size_t n, const double *field);

#endif
