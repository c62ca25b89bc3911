/* SPDX-License-Identifier: MIT */
#include "reference_compare.h"

#include <complex.h>
#include <stdlib.h>
#include <string.h>

struct vordec_field_moments reference_moments(uint32_t n, const double *w) {
  const size_t cells = (size_t)n * n;
  long double sum = 0, square = 0, variance = 0;
  for (size_t i = 0; i < cells; i++) {
    sum += w[i];
    square += (long double)w[i] * w[i];
  }
  const long double mean = sum / cells;
  for (size_t i = 0; i < cells; i++) variance += (w[i] - mean) * (w[i] - mean);
  return (struct vordec_field_moments){(double)mean, (double)(square / cells), (double)(variance / cells)};
}

struct vordec_pair_moments reference_pair(uint32_t n, const double *w, const double *other, double factor) {
  const size_t cells = (size_t)n * n;
  double *f = malloc(cells * sizeof *f);
  if (!f) abort();
  for (size_t i = 0; i < cells; i++) f[i] = factor * other[i];
  struct vordec_pair_moments pair = {.f = reference_moments(n, f)};
  const double mean = reference_moments(n, w).mean;
  long double difference = 0, covariance = 0;
  for (size_t i = 0; i < cells; i++) {
    difference += ((long double)w[i] - f[i]) * ((long double)w[i] - f[i]);
    covariance += ((long double)w[i] - mean) * ((long double)f[i] - pair.f.mean);
  }
  pair.difference = (double)(difference / cells);
  pair.covariance = (double)(covariance / cells);
  free(f);
  return pair;
}

static double complex root_of(uint32_t n, uint64_t j) {
  return cexp(-2.0 * acos(-1.0) * I * (double)(j % n) / n);
}

/* Coefficients, divided by n^2. */
static double complex *transform(uint32_t n, const double *w) {
  double complex *roots = malloc(n * sizeof *roots), *rows = calloc((size_t)n * n, sizeof *rows);
  double complex *spectrum = calloc((size_t)n * n, sizeof *spectrum);
  if (!roots || !rows || !spectrum) abort();
  for (uint32_t j = 0; j < n; j++) roots[j] = root_of(n, j);
  for (size_t y = 0; y < n; y++) {
    for (size_t k = 0; k < n; k++) {
      for (size_t x = 0; x < n; x++) rows[y * n + k] += w[y * n + x] * roots[k * x % n] / n;
    }
  }
  for (size_t q = 0; q < n; q++) {
    for (size_t y = 0; y < n; y++) {
      for (size_t k = 0; k < n; k++) spectrum[q * n + k] += rows[y * n + k] * roots[q * y % n] / n;
    }
  }
  free(roots);
  free(rows);
  return spectrum;
}

static double wavenumber(uint32_t i, uint32_t n) {
  return 2 * (uint64_t)i < n ? (double)i : (double)i - n;
}

/* That of a derivative. */
static double slope(uint32_t i, uint32_t n) {
  return 2 * (uint64_t)i == n ? 0.0 : wavenumber(i, n);
}

void reference_shells(uint32_t n, const double *w, double *shell) {
  double complex *spectrum = transform(n, w);
  memset(shell, 0, vordec_compare_shells(n) * sizeof *shell);
  for (uint32_t i = 1; i < n * n; i++) {
    const double ky = wavenumber(i / n, n), kx = wavenumber(i % n, n), k = hypot(ky, kx);
    const double sy = slope(i / n, n), sx = slope(i % n, n), magnitude = cabs(spectrum[i]);
    shell[(size_t)floor(k + 0.5)] += 0.5 * magnitude * magnitude * (sy * sy + sx * sx) / (k * k * k * k);
  }
  free(spectrum);
}
