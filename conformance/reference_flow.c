/* SPDX-License-Identifier: MIT */
#include "reference_flow.h"

#include <complex.h>
#include <stdlib.h>
#include <string.h>

/* Room for one step. */
struct flow {
  const struct vordec_simulation_setup *setup;
  size_t n, cells;
  double complex *roots;            /* exp(2 pi i j / n) */
  double complex *spectrum, *other; /* cells each; divided by n^2 */
  double *viscosity, *slope[2], *stage, *field[5];
};

static void *zeroed(size_t count, size_t size) {
  void *memory = calloc(count ? count : 1, size);
  if (!memory) abort();
  return memory;
}

static double wavenumber(size_t i, size_t n) {
  return 2 * i < n ? (double)i : (double)i - (double)n;
}

static double derivative(size_t i, size_t n) {
  return 2 * i == n ? 0.0 : wavenumber(i, n);
}

/* Sums along both axes; `sign` of the exponent, as +1 or n - 1. */
static void transform(const struct flow *flow, const double complex *in, double complex *out, size_t sign) {
  const size_t n = flow->n;
  double complex *half = zeroed(flow->cells, sizeof *half);
  for (size_t y = 0; y < n; y++) {
    for (size_t k = 0; k < n; k++) {
      for (size_t x = 0; x < n; x++) half[y * n + k] += in[y * n + x] * flow->roots[sign * k % n * x % n];
    }
  }
  memset(out, 0, flow->cells * sizeof *out);
  for (size_t k = 0; k < n; k++) {
    const double complex *roots = flow->roots;
    for (size_t y = 0; y < n; y++) {
      for (size_t x = 0; x < n; x++) out[k * n + x] += half[y * n + x] * roots[sign * k % n * y % n];
    }
  }
  free(half);
}

/* The spectrum of a field. */
static void analyse(struct flow *flow, const double *field) {
  for (size_t i = 0; i < flow->cells; i++) flow->other[i] = field[i];
  transform(flow, flow->other, flow->spectrum, flow->n - 1);
  for (size_t i = 0; i < flow->cells; i++) flow->spectrum[i] /= (double)flow->cells;
}

/* The field of the spectrum in `other`. */
static void synthesise(struct flow *flow, double *field) {
  double complex *values = zeroed(flow->cells, sizeof *values);
  transform(flow, flow->other, values, 1);
  for (size_t i = 0; i < flow->cells; i++) field[i] = creal(values[i]);
  free(values);
}

static bool left_out(const struct flow *flow, size_t y, size_t x) {
  const double n = (double)flow->n, ky = fabs(wavenumber(y, flow->n)), kx = fabs(wavenumber(x, flow->n));
  return flow->setup->dealias && 3 * fmax(ky, kx) > n;
}

/* psi and its like: what a mode of the vorticity is multiplied by, by the orders of the derivatives of psi. */
static void derive(struct flow *flow, unsigned along_y, unsigned along_x, double *field) {
  const size_t n = flow->n;
  for (size_t y = 0; y < n; y++) {
    for (size_t x = 0; x < n; x++) {
      const double ky = wavenumber(y, n), kx = wavenumber(x, n), k2 = ky * ky + kx * kx;
      double complex factor = k2 == 0 || left_out(flow, y, x) ? 0.0 : 1 / k2;
      for (unsigned i = 0; i < along_y; i++) factor *= derivative(y, n) * I;
      for (unsigned i = 0; i < along_x; i++) factor *= derivative(x, n) * I;
      flow->other[y * n + x] = factor * flow->spectrum[y * n + x];
    }
  }
  synthesise(flow, field);
}

/* w_y, w_x or the Laplacian of w. */
enum what { GRADIENT_Y, GRADIENT_X, LAPLACIAN };

static void differentiate(struct flow *flow, enum what what, double *field) {
  const size_t n = flow->n;
  for (size_t y = 0; y < n; y++) {
    for (size_t x = 0; x < n; x++) {
      const double ky = wavenumber(y, n), kx = wavenumber(x, n), k2 = ky * ky + kx * kx;
      const bool mean = y == 0 && x == 0 && flow->setup->reference_mean;
      const double complex factors[] = {derivative(y, n) * I, derivative(x, n) * I, mean ? -1.0 : -k2};
      flow->other[y * n + x] = left_out(flow, y, x) ? 0.0 : factors[what] * flow->spectrum[y * n + x];
    }
  }
  synthesise(flow, field);
}

static void find_viscosity(struct flow *flow) {
  const double length = flow->setup->cs * 2 * acos(-1.0) / (double)flow->n;
  double *ux = flow->field[0], *uy = flow->field[1], *vx = flow->field[2];
  derive(flow, 1, 1, ux); /* u_x = psi_xy = -v_y */
  derive(flow, 2, 0, uy);
  derive(flow, 0, 2, vx); /* -v_x */
  for (size_t i = 0; i < flow->cells; i++) {
    const double s = (uy[i] - vx[i]) / 2;
    flow->viscosity[i] = flow->setup->nu0 + length * length * sqrt(2 * (2 * ux[i] * ux[i] + 2 * s * s) + 1e-30);
  }
}

/* f(w) of the spectrum. */
static void find_slope(struct flow *flow, double *slope) {
  double *u = flow->field[0], *v = flow->field[1], *wx = flow->field[2], *wy = flow->field[3], *lap = flow->field[4];
  derive(flow, 1, 0, u);
  derive(flow, 0, 1, v); /* -v */
  differentiate(flow, GRADIENT_X, wx);
  differentiate(flow, GRADIENT_Y, wy);
  differentiate(flow, LAPLACIAN, lap);
  for (size_t i = 0; i < flow->cells; i++) {
    slope[i] = -(u[i] * wx[i] - v[i] * wy[i]) + flow->viscosity[i] * lap[i];
  }
}

/* Multiplies a field's modes: those that are left out by 0, or all by the filter. */
static void damp(struct flow *flow, bool filter, double *field) {
  const size_t n = flow->n;
  analyse(flow, field);
  for (size_t y = 0; y < n; y++) {
    for (size_t x = 0; x < n; x++) {
      const double k = hypot(wavenumber(y, n), wavenumber(x, n));
      const double factor = filter ? exp(-36 * pow(k / ((double)n / 2), 8)) : left_out(flow, y, x) ? 0.0 : 1.0;
      flow->other[y * n + x] = factor * flow->spectrum[y * n + x];
    }
  }
  synthesise(flow, field);
}

static void take_step(struct flow *flow, double *omega) {
  const double dt = flow->setup->dt;
  analyse(flow, omega);
  find_viscosity(flow);
  find_slope(flow, flow->slope[0]);
  for (size_t i = 0; i < flow->cells; i++) flow->stage[i] = omega[i] + dt * flow->slope[0][i];
  analyse(flow, flow->stage);
  find_slope(flow, flow->slope[1]);
  for (size_t i = 0; i < flow->cells; i++) flow->stage[i] = flow->slope[0][i] + flow->slope[1][i];
  if (flow->setup->dealias) damp(flow, false, flow->stage);
  for (size_t i = 0; i < flow->cells; i++) omega[i] += dt / 2 * flow->stage[i];
  if (flow->setup->filter) damp(flow, true, omega);
}

void reference_flow_step(const struct vordec_simulation_setup *setup, double *omega) {
  const size_t n = setup->n, cells = n * n;
  struct flow flow = {.setup = setup, .n = n, .cells = cells, .roots = zeroed(n, sizeof *flow.roots)};
  double *store = zeroed(9 * cells, sizeof *store);
  flow.spectrum = zeroed(cells, sizeof *flow.spectrum);
  flow.other = zeroed(cells, sizeof *flow.other);
  flow.viscosity = store;
  flow.slope[0] = store + cells;
  flow.slope[1] = store + 2 * cells;
  flow.stage = store + 3 * cells;
  for (size_t i = 0; i < 5; i++) flow.field[i] = store + (4 + i) * cells;
  for (size_t j = 0; j < n; j++) flow.roots[j] = cexp(2 * acos(-1.0) * (double)j / (double)n * I);
  take_step(&flow, omega);
  free(store);
  free(flow.other);
  free(flow.spectrum);
  free(flow.roots);
}
