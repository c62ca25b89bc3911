/* SPDX-License-Identifier: MIT */
/* The isotropic start: its spectrum, in every direction and on every grid. */
#include <math.h>
#include <science/spectrum.h>
#include <science/start.h>
#include <stdlib.h>

#include "support.h"

static const struct start_desc standard = {.spectrum = {.peak = 6, .width = 2, .rms = 0.5}, .seed = 11};

static double *draw(const struct start_desc *desc, size_t n) {
  struct vordec_error error;
  double *omega = test_alloc(n * n, sizeof *omega);
  assert_ok(start_draw(desc, n, omega, &error), &error);
  return omega;
}

struct mode {
  double re, im;
};

/* A coefficient of a field by its definition: the mean of w exp(-i k.x). */
static struct mode mode_of(const double *omega, size_t n, int ky, int kx) {
  const double step = 2 * acos(-1.0) / (double)n;
  struct mode mode = {0, 0};
  for (size_t i = 0; i < n * n; i++) {
    const double angle = step * (ky * (double)(i / n) + kx * (double)(i % n));
    mode.re += omega[i] * cos(angle) / (double)(n * n);
    mode.im -= omega[i] * sin(angle) / (double)(n * n);
  }
  return mode;
}

static double power_of(struct mode mode) {
  return mode.re * mode.re + mode.im * mode.im;
}

/* |w_k|^2 / (|k| exp(-(|k| - 6)^2 / 8)) is the same number for every mode, and mean squares are what was asked for. */
static void test_spectrum(void **state) {
  (void)state;
  enum { N = 48, LARGEST = 9 };
  double *omega = draw(&standard, N), least = INFINITY, most = 0, mean = 0, square = 0;
  for (int ky = -LARGEST; ky <= LARGEST; ky++) {
    for (int kx = 0; kx <= LARGEST; kx++) {
      if (kx == 0 && ky == 0) continue;
      const double k = hypot(kx, ky), ratio = power_of(mode_of(omega, N, ky, kx)) / (k * exp(-(k - 6) * (k - 6) / 8));
      least = fmin(least, ratio);
      most = fmax(most, ratio);
    }
  }
  assert_close(least, most, 1e-11);
  for (size_t i = 0; i < N * N; i++) {
    mean += omega[i] / (N * N);
    square += omega[i] * omega[i] / (N * N);
  }
  assert_at_most(fabs(mean), 1e-16);
  assert_close(square, 0.25, 1e-12); /* N / 2 is 9 widths above the peak */
  free(omega);
}

/* The energy spectrum by shells is a bell around the peak. */
static void test_shells(void **state) {
  (void)state;
  enum { N = 64 };
  struct vordec_error error;
  struct spectrum *spectrum;
  assert_ok(spectrum_create(N, &spectrum, &error), &error);
  double *omega = draw(&standard, N), *shell = test_alloc(spectrum_shells(spectrum), sizeof *shell);
  spectrum_measure(spectrum, omega, shell);
  for (int k = 2; k <= 12; k++) {
    const double bell = shell[6] * exp(-(k - 6) * (k - 6) / 8.0);
    assert_close(shell[k], bell, 0.25); /* a shell of an integer grid has 2 pi k modes within so much */
  }
  free(shell);
  free(omega);
  spectrum_destroy(spectrum);
}

/* Mean power in a ring of modes, in the sector around direction `sector` of four: 0, 45, 90 and 135 degrees. */
static double sector_power(const double *omega, size_t n, int sector, double from, double to) {
  const double pi = acos(-1.0);
  double sum = 0;
  size_t count = 0;
  for (int ky = -(int)to; ky <= (int)to; ky++) {
    for (int kx = -(int)to; kx <= (int)to; kx++) {
      const double k = hypot(kx, ky), turn = remainder(atan2(ky, kx) - sector * pi / 4, pi);
      if (k < from || k > to || fabs(turn) > pi / 8) continue;
      sum += power_of(mode_of(omega, n, ky, kx)) / (k * exp(-(k - 6) * (k - 6) / 8));
      count++;
    }
  }
  return sum / (double)count;
}

/* By angle: no direction has more than another. The start that is smoothed by a box has, which shows that this sees it.
 */
static void test_isotropy(void **state) {
  (void)state;
  enum { N = 40 };
  double *omega = draw(&standard, N);
  for (int ring = 0; ring < 3; ring++) {
    const double from = 3 + 3 * ring, to = from + 3, along_x = sector_power(omega, N, 0, from, to);
    for (int sector = 1; sector < 4; sector++) {
      assert_close(sector_power(omega, N, sector, from, to), along_x, 1e-11);
    }
  }
  free(omega);
  double axes = 0, diagonals = 0;
  for (uint64_t seed = 0; seed < 4; seed++) {
    omega = draw(&(struct start_desc){.kind = START_REFERENCE, .seed = seed}, N);
    axes += sector_power(omega, N, 0, 5, 7) + sector_power(omega, N, 2, 5, 7);
    diagonals += sector_power(omega, N, 1, 5, 7) + sector_power(omega, N, 3, 5, 7);
    free(omega);
  }
  assert_true(axes > 5 * diagonals);
}

/* A mode has the same value on every grid that has it, odd ones too; another seed moves it. */
static void check_grid(size_t n) {
  static const int modes[][2] = {{0, 1}, {1, 0}, {-3, 0}, {0, -5}, {2, 6}, {-7, 1}, {5, -4}};
  struct start_desc other = standard;
  other.seed ^= (uint64_t)1 << 40;
  double *one = draw(&standard, 32), *two = draw(&standard, n), *moved = draw(&other, n);
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
    const struct mode a = mode_of(one, 32, modes[i][0], modes[i][1]), b = mode_of(two, n, modes[i][0], modes[i][1]);
    const struct mode c = mode_of(moved, n, modes[i][0], modes[i][1]);
    const double size = sqrt(power_of(a));
    assert_at_most(hypot(a.re - b.re, a.im - b.im), 1e-12 * size);
    assert_true(hypot(a.re - c.re, a.im - c.im) > 1e-2 * size);
    assert_close(power_of(c), power_of(a), 1e-11);
  }
  free(moved);
  free(two);
  free(one);
}

static void test_grids(void **state) {
  (void)state;
  check_grid(16);
  check_grid(21);
  check_grid(100);
  assert_close(start_resolved(&standard, 64, false), 1, 1e-14);
  double *omega = draw(&standard, 16), square = 0;
  for (size_t i = 0; i < 16 * 16; i++) square += omega[i] * omega[i] / (16 * 16);
  assert_close(start_resolved(&standard, 16, false), square / 0.25, 1e-12);
  free(omega);
}

/* Of two waves of equal size the one beyond N / 3 goes, and nothing else moves. */
static void test_two_thirds(void **state) {
  (void)state;
  enum { N = 25, CELLS = N * N };
  const double step = 2 * acos(-1.0) / N;
  struct vordec_error error;
  double omega[CELLS], kept[CELLS], share = NAN;
  for (size_t i = 0; i < CELLS; i++) {
    kept[i] = 0.5 + cos(step * (8.0 * (double)(i / N) - 3.0 * (double)(i % N)));
    omega[i] = kept[i] + sin(step * (2.0 * (double)(i / N) + 9.0 * (double)(i % N)));
  }
  assert_ok(start_two_thirds(N, omega, &share, &error), &error);
  assert_close(share, 0.5, 1e-13);
  assert_at_most(largest_difference(omega, kept, CELLS), 1e-13);
  for (size_t i = 0; i < CELLS; i++) omega[i] = kept[i];
  assert_ok(start_two_thirds(N, omega, &share, &error), &error);
  assert_at_most(share, 1e-28);
  assert_memory_equal(omega, kept, sizeof omega);

  double *all = draw(&standard, N), before = 0, after = 0;
  for (size_t i = 0; i < CELLS; i++) before += all[i] * all[i] / CELLS;
  assert_ok(start_two_thirds(N, all, &share, &error), &error);
  for (size_t i = 0; i < CELLS; i++) after += all[i] * all[i] / CELLS;
  assert_close(after / before, 1 - share, 1e-12);
  assert_close(start_resolved(&standard, N, true), after / 0.25, 1e-12);
  free(all);
}

static void test_kinds(void **state) {
  (void)state;
  enum start_kind kind = START_KIND_COUNT;
  for (size_t i = 0; i < START_KIND_COUNT; i++) {
    assert_true(start_find(start_name((enum start_kind)i), &kind));
    assert_int_equal(kind, i);
  }
  assert_false(start_find("noise", &kind));
}

static void test_bad_input(void **state) {
  (void)state;
  static const struct {
    struct start_spectrum spectrum;
    const char *named;
  } rows[] = {
      {{0, 1, 1}, "peak is 0"},          {{-1, 1, 1}, "peak is -1"},       {{NAN, 1, 1}, "peak is nan"},
      {{20000, 1, 1}, "peak is 20000"},  {{6, 0, 1}, "width is 0"},        {{6, INFINITY, 1}, "width is inf"},
      {{6, 2, 0}, "rms is 0"},           {{6, 2, INFINITY}, "rms is inf"}, {{60, 2, 1}, "N = 16 has no wavenumber"},
      {{5.5, 1e-3, 1}, "no wavenumber"},
  };
  double omega[16 * 16];
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct vordec_error error;
    const struct start_desc desc = {.spectrum = rows[i].spectrum};
    assert_refused(start_draw(&desc, 16, omega, &error), &error, VORDEC_E_INPUT, rows[i].named);
  }
}

/* Mean 0 and deviation 1; the noise has the moments of a normal distribution and depends on the seed. */
static void test_reference_noise(void **state) {
  (void)state;
  enum { N = 128, CELLS = N * N };
  struct vordec_error error;
  double *noise = test_alloc(CELLS, sizeof *noise), *omega = test_alloc(CELLS, sizeof *omega);
  start_noise(3, N, omega);
  start_noise(4, N, noise);
  assert_true(omega[0] != noise[0]);
  double moment[4] = {0};
  for (size_t i = 0; i < CELLS; i++) {
    for (int power = 1; power <= 4; power++) moment[power - 1] += pow(noise[i], power) / CELLS;
  }
  /* Five standard errors: the variances of x, x^2, x^3, x^4 are 1, 2, 15, 96. */
  assert_at_most(fabs(moment[0]), 5 * sqrt(1.0 / CELLS));
  assert_at_most(fabs(moment[1] - 1), 5 * sqrt(2.0 / CELLS));
  assert_at_most(fabs(moment[2]), 5 * sqrt(15.0 / CELLS));
  assert_at_most(fabs(moment[3] - 3), 5 * sqrt(96.0 / CELLS));
  assert_ok(start_smooth(N, noise, omega, &error), &error);
  double mean = 0, square = 0;
  for (size_t i = 0; i < CELLS; i++) {
    mean += omega[i] / CELLS;
    square += omega[i] * omega[i] / CELLS;
  }
  assert_at_most(fabs(mean), 1e-14);
  assert_close(square, 1.0, 1e-10);
  assert_ok(start_smooth(4, noise, omega, &error), &error); /* narrower than the box */
  free(omega);
  free(noise);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_reference_noise), cmocka_unit_test(test_spectrum),  cmocka_unit_test(test_shells),
      cmocka_unit_test(test_isotropy),        cmocka_unit_test(test_grids),     cmocka_unit_test(test_two_thirds),
      cmocka_unit_test(test_kinds),           cmocka_unit_test(test_bad_input),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
