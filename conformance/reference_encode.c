/* SPDX-License-Identifier: MIT */
#include "reference_encode.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reference.h"

static void *zeroed(size_t count, size_t size) {
  void *memory = calloc(count ? count : 1, size);
  if (!memory) abort();
  return memory;
}

static double complex root(double step, uint64_t j) {
  const double angle = -step * (double)j;
  return cos(angle) + sin(angle) * I;
}

/* FFT(field) / n^2, along x and then along y. */
static double complex *transform(uint32_t n, const double *field) {
  const double step = 2.0 * acos(-1.0) / n;
  double complex *rows = zeroed((size_t)n * n, sizeof *rows), *modes = zeroed((size_t)n * n, sizeof *modes);
  double complex *roots = zeroed(n, sizeof *roots);
  for (uint32_t j = 0; j < n; j++) roots[j] = root(step, j);
  for (uint64_t y = 0; y < n; y++) {
    for (uint64_t kx = 0; kx < n; kx++) {
      for (uint64_t x = 0; x < n; x++) rows[y * n + kx] += field[y * n + x] * roots[kx * x % n];
    }
  }
  for (uint64_t ky = 0; ky < n; ky++) {
    for (uint64_t kx = 0; kx < n; kx++) {
      for (uint64_t y = 0; y < n; y++) modes[ky * n + kx] += rows[y * n + kx] * roots[ky * y % n];
      modes[ky * n + kx] /= (double)n * n;
    }
  }
  free(rows);
  free(roots);
  return modes;
}

static size_t partner_of(uint32_t n, size_t k) {
  return (n - k / n) % n * n + (n - k % n) % n;
}

static void pick(const double complex *modes, const uint32_t *index, uint32_t count, double *c) {
  for (uint32_t i = 0; i < count; i++) {
    c[2 * i] = creal(modes[index[i]]);
    c[2 * i + 1] = cimag(modes[index[i]]);
  }
}

static void forget(double complex *modes, uint32_t n, const uint32_t *index, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) modes[index[i]] = modes[partner_of(n, index[i])] = 0;
}

static double energy_of(const double complex *modes, size_t cells) {
  double sum = 0.0;
  for (size_t i = 0; i < cells; i++) sum += creal(modes[i]) * creal(modes[i]) + cimag(modes[i]) * cimag(modes[i]);
  return sum;
}

static double share_of(const int8_t *mask, size_t cells) {
  size_t support = 0;
  for (size_t i = 0; i < cells; i++) support += mask[i] != 0;
  return (double)support / (double)cells;
}

void reference_encode(const struct vordec_encode_setup *setup, const double *omega, struct reference_encoded *encoded) {
  const uint32_t n = setup->n;
  const size_t cells = (size_t)n * n;
  const struct vordec_plan_desc plan = {
      .n = n, .smooth_width = setup->smooth_width, .smooth_kernel = setup->smooth_kernel, .boundary = setup->boundary};
  double *r = zeroed(cells, sizeof *r), *margin = zeroed(cells, sizeof *margin);
  reference_smooth(&plan, omega, r);
  for (size_t i = 0; i < cells; i++) r[i] = omega[i] - r[i];
  double complex *of_field = transform(n, omega), *of_residual = transform(n, r);
  pick(of_field, setup->low_index, setup->low_count, encoded->low);
  pick(of_residual, setup->mid_index, setup->mid_count, encoded->mid);
  encoded->mean_square = energy_of(of_residual, cells);
  forget(of_residual, n, setup->low_index, setup->low_count);
  forget(of_residual, n, setup->mid_index, setup->mid_count);
  encoded->high = energy_of(of_residual, cells);
  reference_threshold(n, r, setup->tau, encoded->mask, margin);
  if (encoded->margin) memcpy(encoded->margin, margin, cells * sizeof *margin);
  reference_majority(n, encoded->mask, setup->majority_iters);
  encoded->support = share_of(encoded->mask, cells);
  free(of_field);
  free(of_residual);
  free(margin);
  free(r);
}
