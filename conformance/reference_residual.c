/* SPDX-License-Identifier: MIT */
#include "reference_residual.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>

#define NO_BAND 2

static int64_t wavenumber(uint32_t j, uint32_t n) {
  return 2 * (uint64_t)j < n ? (int64_t)j : (int64_t)j - (int64_t)n;
}

static uint32_t opposite(uint32_t index, uint32_t n) {
  return (n - index / n) % n * n + (n - index % n) % n;
}

/* What band each mode is of. */
static uint8_t *sort_modes(const struct reference_residual *residual) {
  const struct vordec_plan_desc *desc = residual->desc;
  const uint32_t n = desc->n, kept = vordec_kept_count(residual->z[2 * desc->m + 3], desc->max_kept);
  uint8_t *band = malloc((size_t)n * n);
  if (!band) abort();
  for (uint32_t i = 0; i < n * n; i++) {
    const int64_t ky = wavenumber(i / n, n), kx = wavenumber(i % n, n);
    band[i] = kx * kx + ky * ky > (int64_t)residual->setup->mid_limit;
  }
  for (uint32_t i = 0; i < kept; i++) {
    const uint32_t at = desc->anchor_index[i], partner = opposite(at, n);
    /* The higher of two is the lower one's conjugate, where halves are stored, and stands for that one alone. */
    const uint32_t first = residual->setup->half && at > partner ? partner : at;
    const uint32_t second = residual->setup->half ? (at > partner ? first : partner) : at;
    if (band[first] == 0) band[first] = NO_BAND;
    if (band[second] == 0) band[second] = NO_BAND;
  }
  for (uint32_t i = 0; i < desc->m; i++) {
    band[desc->low_index[i]] = NO_BAND;
    if (residual->setup->half) band[opposite(desc->low_index[i], n)] = NO_BAND;
  }
  return band;
}

/* Philox4x32-10 as its paper tells it, on lanes of 64 bits. */
static double drawn_phase(uint64_t seed, uint32_t index, uint32_t step, uint32_t band) {
  uint64_t c0 = index, c1 = step, c2 = band, c3 = 0, k0 = seed & 0xffffffffu, k1 = seed >> 32;
  for (int round = 0; round < 10; round++) {
    const uint64_t p0 = c0 * UINT64_C(0xD2511F53), p1 = c2 * UINT64_C(0xCD9E8D57);
    c0 = (p1 >> 32) ^ c1 ^ k0;
    c2 = (p0 >> 32) ^ c3 ^ k1;
    c1 = p1 & 0xffffffffu;
    c3 = p0 & 0xffffffffu;
    k0 = (k0 + 0x9E3779B9u) & 0xffffffffu;
    k1 = (k1 + 0xBB67AE85u) & 0xffffffffu;
  }
  return 2.0 * acos(-1.0) * ldexp((double)((c0 << 32 | c1) >> 11), -53);
}

/* Rows first, then columns. */
static void sum_modes(uint32_t n, const double complex *spectrum, double *field) {
  double complex *lines = malloc((size_t)n * n * sizeof *lines), *root = malloc(n * sizeof *root);
  if (!lines || !root) abort();
  for (uint32_t j = 0; j < n; j++) root[j] = cexp(2.0 * acos(-1.0) * I * j / n);
  for (uint32_t ky = 0; ky < n; ky++) {
    for (uint32_t x = 0; x < n; x++) {
      double complex sum = 0.0;
      for (uint32_t kx = 0; kx < n; kx++) sum += spectrum[ky * n + kx] * root[(uint64_t)kx * x % n];
      lines[ky * n + x] = sum;
    }
  }
  for (uint32_t y = 0; y < n; y++) {
    for (uint32_t x = 0; x < n; x++) {
      double complex sum = 0.0;
      for (uint32_t ky = 0; ky < n; ky++) sum += lines[ky * n + x] * root[(uint64_t)ky * y % n];
      field[y * n + x] = creal(sum);
    }
  }
  free(root);
  free(lines);
}

double reference_residual_band(const struct reference_residual *residual, uint32_t band, double *field) {
  const uint32_t n = residual->desc->n;
  const double energy = residual->z[2 * residual->desc->m + 1 + band];
  uint8_t *bands = sort_modes(residual);
  double complex *spectrum = calloc((size_t)n * n, sizeof *spectrum);
  if (!spectrum) abort();
  double modes = 0.0;
  for (uint32_t i = 0; i < n * n; i++) {
    if (bands[i] != band) continue;
    const double phase =
        residual->phase[band] ? residual->phase[band][i] : drawn_phase(residual->setup->seed, i, residual->step, band);
    modes += 1.0;
    if (energy > 0.0) spectrum[i] = sqrt(energy) * cexp(I * phase);
  }
  sum_modes(n, spectrum, field);
  free(spectrum);
  free(bands);
  return energy > 0.0 ? modes * energy : 0.0;
}
