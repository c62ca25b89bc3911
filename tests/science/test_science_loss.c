/* SPDX-License-Identifier: MIT */
/* Losses of states against waves worked out by hand, and against fields made by direct sums. */
#include <math.h>
#include <science/loss.h>
#include <science/spectrum.h>
#include <science/start.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

#define PI acos(-1.0)

/* a cos(ky y + kx x), wavenumbers signed. */
static void add_wave(double *omega, size_t n, double a, int ky, int kx) {
  const double step = 2 * PI / (double)n;
  for (size_t i = 0; i < n * n; i++) omega[i] += a * cos(step * (ky * (double)(i / n) + kx * (double)(i % n)));
}

static size_t flat(size_t n, int ky, int kx) {
  const int side = (int)n;
  return (size_t)((ky + side) % side) * n + (size_t)((kx + side) % side);
}

static struct loss *make(const struct loss_desc *desc) {
  struct vordec_error error;
  struct loss *loss;
  assert_ok(loss_create(desc, &loss, &error), &error);
  return loss;
}

/* All |k| <= cut, or of each pair the one with the lower index. */
static void fill_disc(uint8_t *mask, size_t n, double cut, bool half) {
  for (size_t i = 0; i < n * n; i++) {
    const int y = (int)(i / n), x = (int)(i % n), side = (int)n;
    const int ky = 2 * y < side ? y : y - side, kx = 2 * x < side ? x : x - side;
    mask[i] = ky * ky + kx * kx <= cut * cut && (!half || i <= flat(n, -ky, -kx));
  }
}

/* ---- single waves ---- */

/* A low wave of amplitude 3 that the state has, and one of amplitude 4 that it keeps a part of. Stored as both modes
 * of a pair, each with half the amplitude, or as one with all of it. */
static struct loss_measures measure_waves(size_t n, bool pair, double part, bool ignore) {
  uint8_t *mask = test_alloc(n * n, 1);
  double *omega = test_alloc(n * n, sizeof *omega), z[12] = {0};
  const int64_t anchors[] = {(int64_t)flat(n, -3, 5), (int64_t)flat(n, 3, -5)};
  const size_t m = pair ? 2 : 1, kept = m;
  mask[flat(n, 2, 1)] = 1;
  if (pair) mask[flat(n, -2, -1)] = 1;
  for (size_t i = 0; i < m; i++) z[i] = 3.0 / (double)m;
  for (size_t i = 0; i < kept; i++) z[2 * m + 4 + i] = part * 4.0 / (double)m;
  add_wave(omega, n, 3, 2, 1);
  add_wave(omega, n, 4, 3, -5);
  const struct loss_desc desc = {
      .n = n, .mask_low = mask, .anchor_idx = anchors, .anchors = kept, .ignore_anchors = ignore};
  struct loss *loss = make(&desc);
  struct loss_info info;
  loss_get(loss, &info);
  assert_int_equal(info.numbers, 2 + 2 + 4);
  const struct loss_measures measures = loss_of_state(loss, omega, z);
  loss_destroy(loss);
  free(omega);
  free(mask);
  return measures;
}

/* Wave (2, 1) has |k|^2 = 5, wave (3, -5) has 34; energy a^2 / (4 |k|^2), enstrophy a^2 / 4. */
static void check_waves(size_t n, bool pair) {
  const double energy_low = 9.0 / 5, energy_high = 16.0 / 34;
  struct loss_measures got = measure_waves(n, pair, 1, false);
  assert_at_most(got.relative_l2, 1e-14);
  assert_close(got.correlation, 1, 1e-14);
  assert_at_most(got.energy_spectrum, 1e-14);
  assert_at_most(got.enstrophy_spectrum, 1e-14);

  got = measure_waves(n, pair, 0.5, true); /* ignored: nothing of it */
  assert_close(got.relative_l2, 4.0 / 5, 1e-14);
  assert_close(got.correlation, 3.0 / 5, 1e-14);
  assert_close(got.energy_spectrum, energy_high / (energy_low + energy_high), 1e-13);
  assert_close(got.enstrophy_spectrum, 16.0 / 25, 1e-13);

  got = measure_waves(n, pair, 0.5, false); /* half the amplitude, a quarter of the energy */
  assert_close(got.relative_l2, 2.0 / 5, 1e-14);
  assert_close(got.correlation, (9 + 8) / (5 * sqrt(9 + 4)), 1e-14);
  assert_close(got.energy_spectrum, 0.75 * energy_high / (energy_low + energy_high), 1e-13);
  assert_close(got.enstrophy_spectrum, 12.0 / 25, 1e-13);

  got = measure_waves(n, pair, -1, false); /* turned by half a wave: spectra cannot tell */
  assert_close(got.relative_l2, 8.0 / 5, 1e-14);
  assert_close(got.correlation, (9 - 16) / 25.0, 1e-13);
  assert_at_most(got.energy_spectrum, 1e-14);
  assert_at_most(got.enstrophy_spectrum, 1e-14);
}

static void test_waves(void **state) {
  (void)state;
  check_waves(16, true);
  check_waves(16, false);
  check_waves(15, true);
  check_waves(15, false);
}

/* Modes that are their own conjugates are one number each, and their imaginary parts reach no field. */
static void test_own_conjugates(void **state) {
  (void)state;
  enum { N = 8 };
  uint8_t mask[N * N] = {0};
  double omega[N * N] = {0}, z[2 * 4 + 4] = {2, 3, 4, 5, 9, 9, 9, 9};
  const int own[][2] = {{0, 0}, {0, N / 2}, {N / 2, 0}, {N / 2, N / 2}}; /* by rising flat index */
  for (int i = 0; i < 4; i++) {
    mask[flat(N, own[i][0], own[i][1])] = 1;
    add_wave(omega, N, z[i], own[i][0], own[i][1]);
  }
  const struct loss_desc desc = {.n = N, .mask_low = mask};
  struct loss *loss = make(&desc);
  struct loss_info info;
  loss_get(loss, &info);
  assert_int_equal(info.numbers, 4 + 4);
  assert_int_equal(info.raw_numbers, N * N);
  assert_int_equal(info.cut_numbers, 9); /* |k|^2 <= 2 */
  assert_close(info.cut, sqrt(2), 1e-15);
  assert_at_most(loss_of_state(loss, omega, z).relative_l2, 1e-15);
  loss_destroy(loss);
}

/* ---- how many numbers ---- */

/* Of the published layout, |k| <= 8 with 128 kept modes: 197 and 128 numbers, and four scalars, whether the state has
 * all 654 values or half the modes. The disc that holds as many ends at |k|^2 = 104. */
static void test_numbers(void **state) {
  (void)state;
  enum { N = 64 };
  uint8_t *mask = test_alloc(N * N, 1);
  int64_t anchors[128];
  size_t count = 0;
  for (int half = 0; half < 2; half++) {
    count = 0;
    for (int ky = -12; ky <= 12 && count < 128; ky++) {
      for (int kx = 1; kx <= 12 && count < 128; kx++) {
        const int squared = ky * ky + kx * kx;
        if (squared <= 64 || squared > 144) continue;
        anchors[count++] = (int64_t)flat(N, ky, kx);
        if (half == 0) anchors[count++] = (int64_t)flat(N, -ky, -kx);
        if (half && count == 64) break;
      }
      if (half && count == 64) break;
    }
    fill_disc(mask, N, 8, half == 1);
    const struct loss_desc desc = {.n = N, .mask_low = mask, .anchor_idx = anchors, .anchors = count};
    struct loss *loss = make(&desc);
    struct loss_info info;
    loss_get(loss, &info);
    assert_int_equal(count, half ? 64 : 128);
    assert_int_equal(info.numbers, 197 + 128 + 4);
    assert_int_equal(info.cut_numbers, 333);
    assert_close(info.cut, sqrt(104), 1e-15);
    loss_destroy(loss);
  }
  free(mask);
}

/* ---- what else so many numbers could be ---- */

/* Five waves far out and two near: the cut that is as large as a state of one mode holds the near ones, the largest
 * modes are the three strongest, wherever they lie. */
static void test_alternatives(void **state) {
  (void)state;
  enum { N = 32 };
  uint8_t *mask = test_alloc(N * N, 1);
  double *omega = test_alloc(N * N, sizeof *omega), z[2 + 4] = {0};
  mask[0] = 1; /* the mean alone: 1 + 4 numbers */
  add_wave(omega, N, 1, 0, 1);
  add_wave(omega, N, 2, 1, 0);
  add_wave(omega, N, 3, 9, 9);
  add_wave(omega, N, 4, -10, 3);
  add_wave(omega, N, 5, 0, N / 2); /* its own conjugate: a number */
  add_wave(omega, N, 6, 5, 12);
  struct loss *loss = make(&(struct loss_desc){.n = N, .mask_low = mask});
  struct loss_info info;
  loss_get(loss, &info);
  assert_int_equal(info.numbers, 5);
  assert_int_equal(info.cut_numbers, 5); /* |k| <= 1 */
  const struct loss_report report = loss_compare(loss, omega, z);
  /* Mean squares: a^2 / 2, and a^2 of the last of all columns. */
  const double whole = (1 + 4 + 9 + 16 + 36) / 2.0 + 25;
  assert_close(report.state.relative_l2, 1, 1e-14);
  assert_close(report.cut.relative_l2, sqrt((whole - (1 + 4) / 2.0) / whole), 1e-13);
  /* By |w_k|: 5 (one number), 3 (two), 2 (two). */
  assert_close(report.largest.relative_l2, sqrt((whole - 25 - (36 + 16) / 2.0) / whole), 1e-13);
  assert_close(report.largest.correlation, sqrt((25 + (36 + 16) / 2.0) / whole), 1e-13);
  loss_destroy(loss);
  free(omega);
  free(mask);
}

/* ---- any state ---- */

/* Re sum c_k exp(i k.x) of all given modes. */
static void sum_modes(const uint8_t *mask, const int64_t *anchors, size_t kept, size_t n, const double *z,
                      double *omega) {
  size_t m = 0, at = 0;
  const double step = 2 * PI / (double)n;
  for (size_t i = 0; i < n * n; i++) m += mask[i];
  for (size_t i = 0; i < n * n + kept; i++) {
    const bool low = i < n * n;
    if (low && !mask[i]) continue;
    const size_t mode = low ? i : (size_t)anchors[i - n * n];
    const double re = low ? z[at] : z[2 * m + 4 + i - n * n], im = low ? z[m + at] : z[2 * m + 4 + kept + i - n * n];
    at += low;
    for (size_t j = 0; j < n * n; j++) {
      const double phase = step * (double)((mode / n) * (j / n) + (mode % n) * (j % n));
      omega[j] += re * cos(phase) - im * sin(phase);
    }
  }
}

static double spectral_error(const double *truth, const double *decoded, size_t n) {
  struct vordec_error error;
  struct spectrum *spectrum;
  assert_ok(spectrum_create(n, &spectrum, &error), &error);
  const size_t shells = spectrum_shells(spectrum);
  double *a = test_alloc(shells, sizeof *a), *b = test_alloc(shells, sizeof *b), lost = 0;
  spectrum_measure(spectrum, decoded, b);
  const double whole = spectrum_measure(spectrum, truth, a).energy;
  for (size_t s = 0; s < shells; s++) lost += fabs(a[s] - b[s]);
  free(a);
  free(b);
  spectrum_destroy(spectrum);
  return lost / whole;
}

/* Random modes without any symmetry, odd and even sides. */
static void test_any_state(void **state) {
  (void)state;
  for (size_t n = 7; n < 13; n++) {
    const size_t cells = n * n;
    const int64_t anchors[] = {(int64_t)(cells - 1), (int64_t)(n / 2), (int64_t)(n + 1)};
    uint8_t *mask = test_alloc(cells, 1);
    double *noise = test_alloc(cells, sizeof *noise), *omega = test_alloc(cells, sizeof *omega),
           *decoded = test_alloc(cells, sizeof *decoded), *z = test_alloc(2 * cells + 16, sizeof *z);
    size_t m = 0;
    start_noise(n, n, noise);
    start_noise(n + 100, n, omega);
    for (size_t i = 0; i < cells; i++) mask[i] = noise[i] > 0.8 && i != cells - 1 && i != n / 2 && i != n + 1;
    for (size_t i = 0; i < cells; i++) m += mask[i];
    for (size_t i = 0; i < 2 * m + 4 + 6; i++) z[i] = 0.3 * noise[(7 * i + 3) % cells];
    sum_modes(mask, anchors, 3, n, z, decoded);
    struct loss *loss = make(&(struct loss_desc){.n = n, .mask_low = mask, .anchor_idx = anchors, .anchors = 3});
    const struct loss_measures got = loss_of_state(loss, omega, z);
    assert_close(got.relative_l2, field_relative_l2(decoded, omega, cells), 1e-12);
    assert_at_most(fabs(got.correlation - field_correlation(decoded, omega, cells)), 1e-12);
    assert_close(got.energy_spectrum, spectral_error(omega, decoded, n), 1e-12);
    loss_destroy(loss);
    free(mask);
    free(noise);
    free(omega);
    free(decoded);
    free(z);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_waves),        cmocka_unit_test(test_own_conjugates), cmocka_unit_test(test_numbers),
      cmocka_unit_test(test_alternatives), cmocka_unit_test(test_any_state),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
