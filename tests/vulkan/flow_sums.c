/* SPDX-License-Identifier: MIT */
#include "flow_sums.h"

#include <complex.h>
#include <stdlib.h>
#include <string.h>

struct flow {
  const struct vordec_simulation_setup *setup;
  size_t n, cells;
  double complex *roots, *half, *spectrum, *product; /* exp(2 pi i j / n); along x only; of w; of what is derived */
  double *nu, *field[5], *k[2], *stage;
};

enum wanted { U, V, W_X, W_Y, LAPLACIAN, U_X, S };

static void *take(size_t count, size_t size) {
  void *memory = calloc(count, size);
  if (!memory) abort();
  return memory;
}

/* Sums along both axes; direction -1: from cells to modes, 1: back. */
static void transform(const struct flow *flow, int direction, const double complex *in, double complex *out) {
  const size_t n = flow->n;
  for (int axis = 0; axis < 2; axis++) {
    const double complex *from = axis == 0 ? in : flow->half;
    double complex *to = axis == 0 ? flow->half : out;
    const size_t along = axis == 0 ? 1 : n, across = axis == 0 ? n : 1;
    for (size_t line = 0; line < n; line++) {
      for (size_t k = 0; k < n; k++) {
        double complex sum = 0;
        for (size_t j = 0; j < n; j++) {
          const double complex root = flow->roots[k * j % n];
          sum += from[line * across + j * along] * (direction < 0 ? conj(root) : root);
        }
        to[line * across + k * along] = sum;
      }
    }
  }
}

static double number(size_t j, size_t n) {
  return 2 * j < n ? (double)j : (double)j - (double)n;
}

static bool left_out(const struct flow *flow, size_t y, size_t x) {
  const double n = (double)flow->n;
  return flow->setup->dealias && (3 * fabs(number(y, flow->n)) > n || 3 * fabs(number(x, flow->n)) > n);
}

static double complex factor(const struct flow *flow, enum wanted wanted, size_t y, size_t x) {
  const size_t n = flow->n;
  const double kx = number(x, n), ky = number(y, n), k2 = kx * kx + ky * ky;
  const double dx = 2 * x == n ? 0 : kx, dy = 2 * y == n ? 0 : ky;
  if (left_out(flow, y, x)) return 0;
  if (k2 == 0) return wanted == LAPLACIAN && flow->setup->reference_mean ? -1 : 0;
  switch (wanted) {
  case U:
    return I * dy / k2;
  case V:
    return -I * dx / k2;
  case W_X:
    return I * dx;
  case W_Y:
    return I * dy;
  case LAPLACIAN:
    return -k2;
  case U_X:
    return -dx * dy / k2;
  case S:
    break;
  }
  return 0.5 * (dx * dx - dy * dy) / k2;
}

static void derive(const struct flow *flow, enum wanted wanted, double *to) {
  const double scale = 1.0 / (double)flow->cells;
  for (size_t i = 0; i < flow->cells; i++) {
    flow->product[i] = scale * factor(flow, wanted, i / flow->n, i % flow->n) * flow->spectrum[i];
  }
  transform(flow, 1, flow->product, flow->product);
  for (size_t i = 0; i < flow->cells; i++) to[i] = creal(flow->product[i]);
}

static void spectrum_of(const struct flow *flow, const double *field) {
  for (size_t i = 0; i < flow->cells; i++) flow->product[i] = field[i];
  transform(flow, -1, flow->product, flow->spectrum);
}

/* field less the modes that are left out, or filtered. */
static void multiply_modes(const struct flow *flow, bool filter, double *field) {
  spectrum_of(flow, field);
  for (size_t i = 0; i < flow->cells; i++) {
    const size_t y = i / flow->n, x = i % flow->n;
    const double ratio = hypot(number(y, flow->n), number(x, flow->n)) / (0.5 * (double)flow->n);
    const double kept = left_out(flow, y, x) ? 0 : 1;
    flow->product[i] = flow->spectrum[i] * (filter ? exp(-36 * pow(ratio, 8)) : kept) / (double)flow->cells;
  }
  transform(flow, 1, flow->product, flow->product);
  for (size_t i = 0; i < flow->cells; i++) field[i] = creal(flow->product[i]);
}

static void find_slope(const struct flow *flow, const double *omega, bool first, double *slope) {
  const struct vordec_simulation_setup *setup = flow->setup;
  const double length = setup->cs * 2 * acos(-1.0) / (double)flow->n;
  spectrum_of(flow, omega);
  if (first) {
    derive(flow, U_X, flow->field[0]);
    derive(flow, S, flow->field[1]);
    for (size_t i = 0; i < flow->cells; i++) {
      const double squares = 2 * (flow->field[0][i] * flow->field[0][i] + flow->field[1][i] * flow->field[1][i]);
      flow->nu[i] = setup->nu0 + length * length * sqrt(2 * squares + 1e-30);
    }
  }
  for (enum wanted wanted = U; wanted <= LAPLACIAN; wanted++) derive(flow, wanted, flow->field[wanted]);
  for (size_t i = 0; i < flow->cells; i++) {
    slope[i] = -(flow->field[U][i] * flow->field[W_X][i] + flow->field[V][i] * flow->field[W_Y][i]) +
               flow->nu[i] * flow->field[LAPLACIAN][i];
  }
  if (setup->dealias) multiply_modes(flow, false, slope);
}

void flow_sums_advance(const struct vordec_simulation_setup *setup, double *omega, uint32_t steps) {
  const size_t n = setup->n, cells = n * n;
  struct flow flow = {.setup = setup, .n = n, .cells = cells};
  double complex **const complexes[] = {&flow.half, &flow.spectrum, &flow.product};
  double **const reals[] = {&flow.nu,       &flow.field[0], &flow.field[1], &flow.field[2], &flow.field[3],
                            &flow.field[4], &flow.k[0],     &flow.k[1],     &flow.stage};
  for (size_t i = 0; i < sizeof complexes / sizeof *complexes; i++) *complexes[i] = take(cells, sizeof(double complex));
  for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) *reals[i] = take(cells, sizeof(double));
  flow.roots = take(n, sizeof *flow.roots);
  for (size_t j = 0; j < n; j++) flow.roots[j] = cexp(2 * acos(-1.0) * I * (double)j / (double)n);
  for (uint32_t step = 0; step < steps; step++) {
    find_slope(&flow, omega, true, flow.k[0]);
    for (size_t i = 0; i < cells; i++) flow.stage[i] = omega[i] + setup->dt * flow.k[0][i];
    find_slope(&flow, flow.stage, false, flow.k[1]);
    for (size_t i = 0; i < cells; i++) omega[i] += 0.5 * setup->dt * (flow.k[0][i] + flow.k[1][i]);
    if (setup->filter) multiply_modes(&flow, true, omega);
  }
  for (size_t i = 0; i < sizeof complexes / sizeof *complexes; i++) free(*complexes[i]);
  for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) free(*reals[i]);
  free(flow.roots);
}

/* A cheap generator of numbers in 0 .. 1. */
static double draw(uint32_t *seed) {
  *seed = *seed * 1664525u + 1013904223u;
  return (double)(*seed >> 8) / 16777216.0;
}

/* Re sum over kx of b(kx) exp(i kx x), for one row; root: exp(2 pi i j / n). */
static void add_row(uint32_t n, int most, const double complex *b, const double complex *root, double *row) {
  for (size_t x = 0; x < n; x++) {
    double sum = 0;
    for (int kx = -most; kx <= most; kx++) {
      const double complex turned = root[(size_t)(kx + (int)n) * x % n];
      sum += creal(b[kx + most]) * creal(turned) - cimag(b[kx + most]) * cimag(turned);
    }
    row[x] += sum;
  }
}

void flow_sums_start(uint32_t n, uint32_t most, double mean, uint32_t seed, double *omega) {
  const size_t count = 2 * most + 1;
  const double turn = 2 * acos(-1.0);
  double complex *wave = take((most + 1) * count, sizeof *wave), *b = take(count, sizeof *b);
  double complex *root = take(n, sizeof *root);
  for (size_t j = 0; j < n; j++) root[j] = cexp(turn * I * (double)j / n);
  for (int ky = 0; ky <= (int)most; ky++) {
    for (int kx = ky == 0 ? 1 : -(int)most; kx <= (int)most; kx++) {
      const double weight = (0.5 + draw(&seed)) / (1 + 0.3 * (kx * kx + ky * ky)), phase = turn * draw(&seed);
      wave[(size_t)ky * count + (size_t)(kx + (int)most)] = weight * cexp(I * phase);
    }
  }
  for (size_t y = 0; y < n; y++) {
    for (size_t x = 0; x < n; x++) omega[y * n + x] = mean;
    for (size_t k = 0; k < count; k++) {
      b[k] = 0;
      for (size_t ky = 0; ky <= most; ky++) b[k] += wave[ky * count + k] * root[ky * y % n];
    }
    add_row(n, (int)most, b, root, omega + y * n);
  }
  free(root);
  free(b);
  free(wave);
}
