/* SPDX-License-Identifier: MIT */
/* Stages 1 and 2 and the energies: single modes of every class at many sizes, against their formulas, closer than the
 * conformance suite asks. */
#include "doubles.h"

#include <stdlib.h>
#include <string.h>

#include "cpu_harness.h"

static const size_t sizes[] = {4, 5, 8, 96, 125, 127, 192, 256};

/* Indices of an axis that differ in kind: 0, 1, inner, the last below Nyquist, Nyquist or its neighbour, negatives. */
static size_t axis_classes(size_t n, size_t *classes) {
  const size_t wanted[] = {0, 1, n / 3, (n - 1) / 2, n / 2, n / 2 + 1, n - 2, n - 1};
  size_t count = 0;
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
    if (count == 0 || wanted[i] > classes[count - 1]) classes[count++] = wanted[i];
  }
  return count;
}

static struct shape shape_of_classes(size_t n) {
  size_t classes[8];
  uint32_t low[64];
  const size_t count = axis_classes(n, classes);
  for (size_t i = 0; i < count * count; i++) low[i] = (uint32_t)(classes[i / count] * n + classes[i % count]);
  return shape_list(n, low, count * count);
}

static size_t mirror_of(size_t index, size_t n) {
  return (n - index / n) % n * n + (n - index % n) % n;
}

/* Energy of the modes, from velocities put together by direct sums. */
static double direct_energy(size_t n, const uint32_t *index, const double *re, const double *im, size_t count) {
  double *u = calloc(n * n, sizeof *u), *v = calloc(n * n, sizeof *v), energy = 0;
  assert_true(u && v);
  for (size_t j = 0; j < count; j++) {
    const size_t row = index[j] / n, column = index[j] % n;
    const double ky = wavenumber(row, n), kx = wavenumber(column, n), k2 = kx * kx + ky * ky;
    if (k2 == 0) continue;
    /* A real field has no derivative at the Nyquist wavenumber. psi = omega / k2, u = psi_y, v = -psi_x. */
    const double fy = 2 * row == n ? 0 : ky / k2, fx = 2 * column == n ? 0 : kx / k2;
    const double u_re = -fy * im[j], u_im = fy * re[j], v_re = fx * im[j], v_im = -fx * re[j];
    add_modes(u, n, &index[j], &u_re, &u_im, 1);
    add_modes(v, n, &index[j], &v_re, &v_im, 1);
  }
  for (size_t i = 0; i < n * n; i++) energy += u[i] * u[i] + v[i] * v[i];
  free(u);
  free(v);
  return 0.5 * energy / (double)(n * n);
}

/* Decodes the state and compares field and energies with direct sums of its coefficients. */
static void check_state(struct cpu_harness *harness, struct vordec_plan *plan, const char *fft,
                        const struct shape *shape, const double *z, double tolerance) {
  const size_t n = shape->n, cells = n * n;
  double *expected = calloc(cells, sizeof *expected);
  assert_non_null(expected);
  add_modes(expected, n, shape->low, z, z + shape->m, shape->m);
  struct outputs outputs = outputs_create(1, n);
  const struct vordec_decode_job job = outputs_job(&outputs, z, VORDEC_OMEGA_LP | VORDEC_OMEGA_HAT | VORDEC_SCALARS);
  cpu_harness_decode(harness, plan, &job, &outputs);
  check_at_most(largest_difference(outputs.omega_lp, expected, cells), tolerance);
  const double energy = direct_energy(n, shape->low, z, z + shape->m, shape->m);
  check_near(outputs.scalars->energy_lp, energy, tolerance * (1 + energy));
  check_near(outputs.scalars->energy_hat, energy, tolerance * (1 + energy));
  /* Of the same field; fftw takes both from it, pruned the one from the modes. */
  const double rounding = strcmp(fft, "fftw") == 0 ? 0 : 1e-14;
  check_relative(outputs.scalars->enstrophy_lp, outputs.scalars->enstrophy_hat, rounding);
  outputs_destroy(&outputs);
  free(expected);
}

/* Every class in turn: alone, then with its mirror as a Hermitian pair and as a pair that is not. */
static void check_size(struct cpu_harness *harness, size_t n, const char *fft) {
  struct shape shape = shape_of_classes(n);
  struct vordec_plan_desc desc = cpu_harness_describe(&shape);
  desc.fft = fft;
  struct vordec_plan *plan = cpu_harness_plan(harness, &desc, NULL);
  double *z = malloc(shape.d * sizeof *z);
  assert_non_null(z);
  for (size_t i = 0; i < shape.m; i++) {
    for (size_t pair = 0; pair < 3; pair++) {
      memset(z, 0, shape.d * sizeof *z);
      z[i] = 0.75;
      z[shape.m + i] = -0.5;
      for (size_t j = 0; pair > 0 && j < shape.m; j++) {
        if (j == i || shape.low[j] != mirror_of(shape.low[i], n)) continue;
        z[j] = pair == 1 ? 0.75 : -0.25;
        z[shape.m + j] = pair == 1 ? 0.5 : 0.875;
      }
      check_state(harness, plan, fft, &shape, z, 1e-13);
    }
  }
  free(z);
  harness->backend->plan_destroy(plan);
  shape_destroy(&shape);
}

static void test_single_modes(void **state) {
  (void)state;
  struct cpu_harness harness;
  cpu_harness_open(&harness, 2);
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    check_size(&harness, sizes[i], "fftw");
    check_size(&harness, sizes[i], "pruned");
  }
  cpu_harness_close(&harness);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_single_modes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
