/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <science/spectrum.h>
#include <science/start.h>
#include <stdlib.h>

#include "support.h"

static struct spectrum *make(size_t n) {
  struct vordec_error error;
  struct spectrum *spectrum;
  assert_ok(spectrum_create(n, &spectrum, &error), &error);
  return spectrum;
}

/* a cos(ky y + kx x), wavenumbers signed. */
static void add_wave(double *omega, size_t n, double a, int ky, int kx) {
  const double step = 2 * acos(-1.0) / (double)n;
  for (size_t i = 0; i < n * n; i++) omega[i] += a * cos(step * (ky * (double)(i / n) + kx * (double)(i % n)));
}

/* One wave: enstrophy a^2 / 4, energy a^2 / (4 |k|^2), all of it in the shell of its rounded |k|. */
static void check_wave(size_t n, int ky, int kx) {
  struct spectrum *spectrum = make(n);
  double *omega = test_alloc(n * n, sizeof *omega), *shell = test_alloc(spectrum_shells(spectrum), sizeof *shell);
  add_wave(omega, n, 1.5, ky, kx);
  for (size_t i = 0; i < n * n; i++) omega[i] += 2; /* the mean has enstrophy, no energy */
  const struct spectrum_totals totals = spectrum_measure(spectrum, omega, shell);
  const double k2 = ky * ky + kx * kx, energy = 1.5 * 1.5 / 4 / k2;
  assert_close(totals.enstrophy, 1.5 * 1.5 / 4 + 2, 1e-14);
  assert_close(totals.energy, energy, 1e-13);
  const size_t home = (size_t)lround(sqrt(k2));
  for (size_t i = 0; i < spectrum_shells(spectrum); i++) {
    assert_at_most(fabs(shell[i] - (i == home ? energy : 0)), 1e-15);
  }
  free(shell);
  free(omega);
  spectrum_destroy(spectrum);
}

static void test_waves(void **state) {
  (void)state;
  check_wave(16, 1, 0);
  check_wave(16, 0, 3);
  check_wave(16, -5, 7);
  check_wave(15, 7, 7);
  check_wave(4, 1, -1);
}

/* cos((N/2) x) has no derivative on the grid, so no velocity; beside it, ky keeps its own. */
static void test_nyquist(void **state) {
  (void)state;
  enum { N = 8 };
  struct spectrum *spectrum = make(N);
  double omega[N * N] = {0};
  add_wave(omega, N, 1, 0, N / 2);
  assert_at_most(spectrum_measure(spectrum, omega, NULL).energy, 1e-30);
  add_wave(omega, N, -1, 0, N / 2);
  add_wave(omega, N, 1, 2, N / 2);
  /* The waves (2, 4) and (-2, 4) are one on the grid, cos(4x) cos(2y): mean square 1/2, u = psi_y alone. */
  assert_close(spectrum_measure(spectrum, omega, NULL).energy, 0.5 * 0.5 * 4 / (20.0 * 20.0), 1e-13);
  spectrum_destroy(spectrum);
}

/* Shells add up to the energy on random fields, odd and even, and the last shell is reached. */
static void test_sum(void **state) {
  (void)state;
  for (size_t n = 4; n < 12; n++) {
    struct spectrum *spectrum = make(n);
    double *omega = test_alloc(n * n, sizeof *omega), *shell = test_alloc(spectrum_shells(spectrum), sizeof *shell);
    start_noise(n, n, omega);
    const double energy = spectrum_measure(spectrum, omega, shell).energy;
    double sum = 0;
    for (size_t i = 0; i < spectrum_shells(spectrum); i++) sum += shell[i];
    assert_close(sum, energy, 1e-14);
    assert_true(shell[0] == 0);
    assert_int_equal(spectrum_shells(spectrum), (size_t)lround(sqrt(2.0) * (double)(n / 2)) + 1);
    free(shell);
    free(omega);
    spectrum_destroy(spectrum);
  }
  spectrum_destroy(NULL);
}

static void test_comparisons(void **state) {
  (void)state;
  const double a[] = {1, 2, 3, 4}, b[] = {1, 2, 3, 6}, zero[4] = {0}, reversed[] = {8, 6, 4, 2};
  assert_close(field_relative_l2(a, b, 4), 2 / sqrt(50), 1e-15);
  assert_true(field_relative_l2(a, a, 4) == 0);
  assert_true(field_relative_l2(zero, zero, 4) == 0);
  assert_true(isinf(field_relative_l2(a, zero, 4)));
  assert_close(field_correlation(a, a, 4), 1, 1e-15);
  assert_close(field_correlation(a, reversed, 4), -1, 1e-15);
  assert_close(field_correlation(a, b, 4), 8 / sqrt(5 * 14), 1e-15);
  assert_true(isnan(field_correlation(a, zero, 4)));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_waves),
      cmocka_unit_test(test_nyquist),
      cmocka_unit_test(test_sum),
      cmocka_unit_test(test_comparisons),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
