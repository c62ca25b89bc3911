/* SPDX-License-Identifier: MIT */
#include "reference.h"

#include <complex.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/window.h"

static void *zeroed(size_t count, size_t size) {
  void *memory = calloc(count ? count : 1, size);
  if (!memory) abort();
  return memory;
}

static double complex complex_of(double re, double im) {
  return re + im * I;
}

/* exp(2 pi i j / n) for j < n. */
static double complex *unit_roots(uint32_t n) {
  double complex *roots = zeroed(n, sizeof *roots);
  const double step = 2.0 * acos(-1.0) / n;
  for (uint32_t j = 0; j < n; j++) roots[j] = complex_of(cos(step * j), sin(step * j));
  return roots;
}

/* Along y for each column that holds a mode, then along x. */
void reference_modes(uint32_t n, const uint32_t *index, uint32_t count, const double *re, const double *im,
                     double *field) {
  double complex *roots = unit_roots(n), *columns = zeroed((size_t)n * n, sizeof *columns);
  bool *used = zeroed(n, sizeof *used);
  for (uint32_t i = 0; i < count; i++) {
    const uint64_t ky = index[i] / n, kx = index[i] % n;
    used[kx] = true;
    for (uint64_t y = 0; y < n; y++) columns[kx * n + y] += complex_of(re[i], im[i]) * roots[ky * y % n];
  }
  memset(field, 0, (size_t)n * n * sizeof *field);
  for (uint64_t kx = 0; kx < n; kx++) {
    for (uint64_t y = 0; used[kx] && y < n; y++) {
      for (uint64_t x = 0; x < n; x++) field[y * n + x] += creal(columns[kx * n + y] * roots[kx * x % n]);
    }
  }
  free(roots);
  free(columns);
  free(used);
}

static double window_sum(const struct vordec_plan_desc *desc, const double *weights, const double *line, size_t stride,
                         int64_t at) {
  const int64_t n = desc->n, w = desc->smooth_width, first = at - w / 2;
  double sum = 0.0;
  for (int64_t i = first; i < first + w; i++) {
    if ((i < 0 || i >= n) && desc->boundary == VORDEC_BOUNDARY_ZERO) continue;
    sum += weights[i - first] * line[(size_t)((i + n) % n) * stride];
  }
  return sum;
}

void reference_smooth(const struct vordec_plan_desc *desc, const double *field, double *base) {
  const size_t n = desc->n;
  double *along_x = zeroed(n * n, sizeof *along_x), *weights = zeroed(desc->smooth_width, sizeof *weights);
  window_weights(desc->smooth_kernel, desc->smooth_width, weights);
  for (size_t y = 0; y < n; y++) {
    for (size_t x = 0; x < n; x++) along_x[y * n + x] = window_sum(desc, weights, field + y * n, 1, (int64_t)x);
  }
  for (size_t y = 0; y < n; y++) {
    for (size_t x = 0; x < n; x++) base[y * n + x] = window_sum(desc, weights, along_x + x, n, (int64_t)y);
  }
  free(weights);
  free(along_x);
}

double reference_threshold(uint32_t n, const double *residual, double tau, int8_t *mask, double *margin) {
  const size_t cells = (size_t)n * n;
  double most = 0.0;
  for (size_t i = 0; i < cells; i++) most = fmax(most, fabs(residual[i]));
  for (size_t i = 0; i < cells; i++) {
    const double r = fmax(-1.0, fmin(1.0, residual[i] / (most + 1e-12)));
    mask[i] = r >= tau ? 1 : r <= -tau ? -1 : 0;
    margin[i] = fabs(fabs(r) - tau);
  }
  return most;
}

static int sum_of_nine(uint32_t n, const int8_t *mask, uint32_t y, uint32_t x) {
  int sum = 0;
  for (uint32_t dy = 0; dy < 3; dy++) {
    for (uint32_t dx = 0; dx < 3; dx++) sum += mask[(size_t)((y + n + dy - 1) % n) * n + (x + n + dx - 1) % n];
  }
  return sum;
}

void reference_majority(uint32_t n, int8_t *mask, uint32_t rounds) {
  int8_t *next = zeroed((size_t)n * n, 1);
  for (uint32_t round = 0; round < rounds; round++) {
    for (uint32_t y = 0; y < n; y++) {
      for (uint32_t x = 0; x < n; x++) {
        const int sum = sum_of_nine(n, mask, y, x);
        next[(size_t)y * n + x] = sum > 0 ? 1 : sum < 0 ? -1 : 0;
      }
    }
    memcpy(mask, next, (size_t)n * n);
  }
  free(next);
}

double reference_gated_mean_square(uint32_t n, const double *r, const int8_t *mask) {
  const size_t cells = (size_t)n * n;
  double sum = 0.0;
  for (size_t i = 0; i < cells; i++) sum += mask[i] ? r[i] * r[i] : 0.0;
  return sum / (double)cells;
}

double reference_band_gain(double target, double mean_square) {
  if (target <= 0.0) return 0.0;
  return mean_square <= 1e-30 ? 1.0 : sqrt(target / mean_square);
}

void reference_add_gated(const struct vordec_plan_desc *desc, double *omega_hat, const double *r, const int8_t *mask,
                         double gain) {
  const size_t cells = (size_t)desc->n * desc->n;
  for (size_t i = 0; i < cells; i++) {
    const double g = desc->gate == VORDEC_GATE_SIGNED ? (double)mask[i] : mask[i] ? 1.0 : 0.0;
    omega_hat[i] += gain * g * r[i];
  }
}

double reference_enstrophy(uint32_t n, const double *field) {
  const size_t cells = (size_t)n * n;
  double sum = 0.0;
  for (size_t i = 0; i < cells; i++) sum += field[i] * field[i];
  return 0.5 * sum / (double)cells;
}

/* Of a full spectrum of the real field, row-major. */
static double energy_of_spectrum(uint32_t n, const double complex *spectrum) {
  double energy = 0.0;
  for (uint32_t row = 0; row < n; row++) {
    for (uint32_t column = 0; column < n; column++) {
      const double ky = 2 * row < n ? row : (double)row - n, kx = 2 * column < n ? column : (double)column - n;
      const double k2 = kx * kx + ky * ky, power = pow(cabs(spectrum[(size_t)row * n + column]), 2);
      const double first = (2 * row == n ? 0.0 : ky * ky) + (2 * column == n ? 0.0 : kx * kx);
      if (k2 > 0.0) energy += 0.5 * power * first / (k2 * k2);
    }
  }
  return energy;
}

double reference_energy_of_modes(uint32_t n, const uint32_t *index, uint32_t count, const double *re,
                                 const double *im) {
  double complex *spectrum = zeroed((size_t)n * n, sizeof *spectrum);
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t row = index[i] / n, column = index[i] % n;
    const double complex half = complex_of(0.5 * re[i], 0.5 * im[i]);
    spectrum[index[i]] += half;
    spectrum[(size_t)((n - row) % n) * n + (n - column) % n] += conj(half);
  }
  const double energy = energy_of_spectrum(n, spectrum);
  free(spectrum);
  return energy;
}

double reference_energy_of_field(uint32_t n, const double *field) {
  double complex *roots = unit_roots(n), *rows = zeroed((size_t)n * n, sizeof *rows);
  double complex *spectrum = zeroed((size_t)n * n, sizeof *spectrum);
  for (uint64_t y = 0; y < n; y++) {
    for (uint64_t k = 0; k < n; k++) {
      for (uint64_t x = 0; x < n; x++) rows[y * n + k] += field[y * n + x] * conj(roots[k * x % n]) / n;
    }
  }
  for (uint64_t q = 0; q < n; q++) {
    for (uint64_t y = 0; y < n; y++) {
      const double complex root = conj(roots[q * y % n]) / n;
      for (uint64_t k = 0; k < n; k++) spectrum[q * n + k] += rows[y * n + k] * root;
    }
  }
  const double energy = energy_of_spectrum(n, spectrum);
  free(roots);
  free(rows);
  free(spectrum);
  return energy;
}

static double sum_in_order(uint32_t d, const double *column, const double *z, enum vordec_precision precision) {
  volatile double wide = 0.0; /* volatile: each product and each sum is rounded, whatever the compiler would fuse */
  volatile float narrow = 0.0f;
  for (uint32_t i = 0; i < d; i++) {
    if (precision == VORDEC_FP64) {
      const volatile double product = z[i] * column[(size_t)i * d];
      wide = wide + product;
    } else {
      const volatile float product = (float)z[i] * (float)column[(size_t)i * d];
      narrow = narrow + product;
    }
  }
  return precision == VORDEC_FP64 ? wide : (double)narrow;
}

static double sum_exactly(uint32_t d, const double *column, const double *z) {
  long double sum = 0.0L;
  for (uint32_t i = 0; i < d; i++) sum += (long double)z[i] * column[(size_t)i * d];
  return (double)sum;
}

void reference_step(uint32_t d, const double *a, double *z, enum vordec_precision precision, bool in_order) {
  double *next = zeroed(d, sizeof *next);
  for (uint32_t j = 0; j < d; j++) next[j] = in_order ? sum_in_order(d, a + j, z, precision) : sum_exactly(d, a + j, z);
  memcpy(z, next, d * sizeof *z);
  free(next);
}
