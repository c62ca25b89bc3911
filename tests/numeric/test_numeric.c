/* SPDX-License-Identifier: MIT */
/*
 * Numbers at the ends of what a precision holds, on every backend and transform, with states from the host and from a
 * rollout in place: what is not finite or too large is refused by name; the rest decodes to what an analytic mode says;
 * nothing infinite comes out.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "bench.h"

static const struct way ways[] = {
    {"cpu", "fftw", VORDEC_FP64},      {"cpu", "pruned", VORDEC_FP64},
#ifdef WITH_VULKAN
    {"vulkan", "vkfft", VORDEC_FP32},  {"vulkan", "vkfft", VORDEC_FP64},  {"vulkan", "direct", VORDEC_FP32},
    {"vulkan", "direct", VORDEC_FP64}, {"vulkan", "pruned", VORDEC_FP32}, {"vulkan", "pruned", VORDEC_FP64},
#endif
};
#define WAYS (sizeof ways / sizeof *ways)

#define FOR_EACH_WAY(n, settings)                                                                                      \
  for (size_t way = 0; way < WAYS; way++)                                                                              \
    for (bool open = (bench_open(&bench, ways[way], n, settings), true); open; open = false, bench_close(&bench))

/* The same for N = 16 without settings, with decoders that all such tests share: what one leaves must not be seen by
 * the next. */
#define FOR_EACH_SHARED_WAY                                                                                            \
  for (size_t way = 0; way < WAYS; way++)                                                                              \
    for (bool open = (take_shared(way), true); open; open = false, shared[way] = bench)

static struct bench bench; /* at work */
static struct bench shared[WAYS];

static void take_shared(size_t way) {
  if (!shared[way].decoder) bench_open(&bench, ways[way], 16, NULL);
  if (shared[way].decoder) bench = shared[way];
}

static bool fp64(void) {
  return bench.way.precision == VORDEC_FP64;
}

static void expect_refusal(const char *part) {
  if (bench.status != VORDEC_E_INPUT) fail_msg("%s: status %d, for '%s'", bench_name(&bench), bench.status, part);
  if (!strstr(bench.error.message, part)) {
    fail_msg("%s: \"%s\" does not say '%s'", bench_name(&bench), bench.error.message, part);
  }
}

static void expect_ok(void) {
  if (bench.status) fail_msg("%s: %s", bench_name(&bench), bench.error.message);
}

static void expect_near(double value, double right, double relative, const char *what) {
  if (fabs(value - right) <= relative * fabs(right)) return;
  fail_msg("%s: %s is %.17g, not %.17g", bench_name(&bench), what, value, right);
}

/* omega = 2 amplitude cos(x): coefficient `amplitude` at kx = 1 and -1. */
static void set_mode(double *z, double amplitude) {
  memset(z, 0, D * sizeof *z);
  z[1] = z[2] = amplitude;
}

/* The largest error, as a share of the amplitude. */
static double mode_error(double amplitude) {
  double worst = 0;
  for (size_t i = 0; i < bench.cells; i++) {
    const double x = 2.0 * acos(-1.0) * (double)(i % bench.n) / (double)bench.n;
    const double error = fabs(bench.lp[i] / amplitude - 2.0 * cos(x));
    if (!(error <= worst)) worst = error;
  }
  return worst;
}

/* ---- what is not finite ---- */

static void not_finite_from_the_host(void **state) {
  (void)state;
  static const struct {
    size_t entry;
    const char *name;
  } entries[] = {{0, "Re low"}, {LOW + 2, "Im low"},      {2 * LOW, "support_frac"}, {2 * LOW + 1, "resid_mid_E"},
                 {AT_K, "K"},   {AT_K + 1, "kept modes"}, {D - 1, "kept modes"}};
  FOR_EACH_SHARED_WAY {
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
      double z[D];
      char part[96];
      set_mode(z, 1.0); /* K is 0: what follows it is not used */
      z[entries[i].entry] = NAN;
      z[D - 1] = entries[i].entry == D - 1 ? NAN : INFINITY;
      bench_decode(&bench, z, NULL);
      snprintf(part, sizeof part, "entry %zu (%s) is NaN", entries[i].entry, entries[i].name);
      expect_refusal(part);
    }
  }
}

/* An entry that overflows in the first step; 0 times infinity is NaN in the next. */
static void not_finite_in_place(void **state) {
  (void)state;
  static const size_t entries[] = {3, LOW + 1, 2 * LOW, AT_K, AT_K + 1, D - 1};
  static const char *const names[] = {"Re low", "Im low", "support_frac", "K", "kept modes", "kept modes"};
  FOR_EACH_SHARED_WAY {
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
      const double huge = fp64() ? 1e300 : 1e30;
      double z[D], a[D * D] = {0};
      char part[96];
      set_mode(z, 1.0);
      z[entries[i]] = huge;
      a[entries[i] * (D + 1)] = huge;
      bench_decode_in_place(&bench, z, a, 1);
      snprintf(part, sizeof part, "entry %zu (%s) of the rolled-out state is infinite", entries[i], names[i]);
      expect_refusal(part);
      bench_decode_in_place(&bench, z, a, 2);
      expect_refusal("entry 0 (Re low) of the rolled-out state is NaN");
    }
    double z[D];
    set_mode(z, 1.0); /* and nothing of it stays */
    bench_decode_as(&bench, z, true);
    expect_ok();
    assert_true(mode_error(1.0) < (fp64() ? 1e-13 : 1e-5));
  }
}

/* ---- amplitudes ---- */

/* 2^k with the next larger number refused: what the decoder says it is. */
static double largest_coefficient(void) {
  double z[D];
  for (int k = fp64() ? 1023 : 127; k > 0; k--) {
    set_mode(z, ldexp(1.0, k));
    bench_decode(&bench, z, NULL);
    if (!bench.status) return ldexp(1.0, k);
  }
  fail_msg("%s: nothing large is decoded", bench_name(&bench));
  return 0;
}

static void check_extreme(double largest, bool in_place) {
  double z[D];
  set_mode(z, largest);
  for (size_t i = 0; i < 2 * LOW; i++) z[i] = largest; /* all that add up at x = y = 0 */
  for (size_t i = 0; i < 2 * KEPT; i++) z[AT_K + 1 + i] = largest;
  z[AT_K] = KEPT;
  bench_decode_as(&bench, z, in_place);
  expect_ok();
  for (size_t i = 0; i < bench.cells; i++) assert_true(isfinite(bench.lp[i]) && isfinite(bench.hat[i]));
  assert_true(isfinite(bench.scalars.residual_absmax));
  assert_true(isnan(bench.scalars.enstrophy_lp) && isnan(bench.scalars.enstrophy_hat)); /* squares overflow */
  assert_false(isinf(bench.scalars.energy_lp) || isinf(bench.scalars.energy_hat));
  set_mode(z, largest);
  bench_decode_as(&bench, z, in_place);
  expect_ok();
  assert_true(mode_error(largest) < (fp64() ? 1e-13 : 1e-5));
}

static void too_large(void **state) {
  (void)state;
  static const struct setting triangle[] = {
      {"mask", "smooth_width", "15"}, {"mask", "smooth_kernel", "triangle"}, {NULL, NULL, NULL}};
  for (int wide = 0; wide < 2; wide++) {
    FOR_EACH_WAY(16, wide ? triangle : NULL) {
      const double largest = largest_coefficient();
      double z[D];
      assert_true(largest > (fp64() ? 1e300 : 1e30) || wide);
      check_extreme(largest, false);
      check_extreme(largest, true);
      if (bench.overflow_warnings != 1) fail_msg("%s: %d warnings", bench_name(&bench), bench.overflow_warnings);
      for (size_t entry = 0; entry < D; entry += D - 1) { /* the last one is not used */
        set_mode(z, 1.0);
        z[entry] = -1.0001 * largest;
        bench_decode_as(&bench, z, false);
        expect_refusal(entry ? "(kept modes) is -" : "entry 0 (Re low) is -");
        if (!fp64()) expect_refusal("precision = fp64");
        bench_decode_as(&bench, z, true);
        expect_refusal("of the rolled-out state is so large");
        if (!fp64()) expect_refusal("precision = fp64");
      }
    }
  }
}

/* What does not change with the scale: the field, relative to it, and the mask, as long as 1e-12 is small beside R. */
static void any_amplitude(void **state) {
  (void)state;
  static const double doubles[] = {1e-300, 1e-150, 1e-20, 1.0, 1e20, 1e150, 1e300};
  static const double floats[] = {1e-30, 1e-15, 1.0, 1e15, 1e30};
  FOR_EACH_SHARED_WAY {
    const double *amplitudes = fp64() ? doubles : floats;
    int8_t usual[CELLS_MAX];
    double z[D];
    set_mode(z, 1.0);
    bench_decode(&bench, z, NULL);
    memcpy(usual, bench.mask, bench.cells);
    assert_true(bench.scalars.support_frac > 0.1);
    for (int run = 0; run < (fp64() ? 14 : 10); run++) {
      const double amplitude = amplitudes[run / 2], square = amplitude * amplitude;
      const bool squares = square >= (fp64() ? DBL_MIN : 1e-25) && square < (fp64() ? 1e305 : 1e35);
      set_mode(z, amplitude);
      bench_decode_as(&bench, z, run % 2);
      expect_ok();
      assert_true(mode_error(amplitude) < (fp64() ? 1e-13 : 1e-5));
      if (amplitude >= 1.0) assert_memory_equal(bench.mask, usual, bench.cells);
      if (amplitude <= 1e-15) assert_true(bench.scalars.support_frac == 0.0);
      if (squares) expect_near(bench.scalars.enstrophy_lp, square, fp64() ? 1e-12 : 1e-5, "enstrophy_lp");
      if (squares) expect_near(bench.scalars.energy_lp, square, fp64() ? 1e-12 : 1e-5, "energy_lp");
      if (squares) expect_near(bench.scalars.enstrophy_hat, square, fp64() ? 1e-12 : 1e-5, "enstrophy_hat");
      assert_false(isinf(bench.scalars.enstrophy_lp) || isinf(bench.scalars.energy_lp) ||
                   isinf(bench.scalars.enstrophy_hat) || isinf(bench.scalars.energy_hat));
      if (square > DBL_MAX || (!fp64() && square > 3e38)) assert_true(isnan(bench.scalars.enstrophy_lp));
    }
  }
}

/* omega = 2 amplitude sin(x), which is 0 at the left edge: the largest |R| is in the uppermost row, away from the edge
 * columns. */
static void set_sine(double *z, double amplitude) {
  memset(z, 0, D * sizeof *z);
  z[LOW + 1] = -amplitude;
  z[LOW + 2] = amplitude;
}

static void any_amplitude_inside(void **state) {
  (void)state;
  static const struct setting settings[] = {{"mask", "smooth_width", "3"}, {NULL, NULL, NULL}};
  FOR_EACH_WAY(N_MAX, settings) {
    const double amplitudes[] = {1e8, fp64() ? 1e40 : 1e20, fp64() ? 1e150 : 1e25, fp64() ? 1e299 : 1e30};
    int8_t usual[CELLS_MAX];
    double z[D];
    set_sine(z, 1e3);
    bench_decode(&bench, z, NULL);
    expect_ok();
    memcpy(usual, bench.mask, bench.cells);
    const double share = bench.scalars.residual_absmax / 1e3;
    assert_true(bench.mask[bench.n / 4] == 1 && bench.mask[bench.cells / 2 + bench.n / 4] == 0);
    for (int run = 0; run < 4; run++) {
      set_sine(z, amplitudes[run]);
      bench_decode(&bench, z, NULL);
      expect_ok();
      expect_near(bench.scalars.residual_absmax / amplitudes[run], share, fp64() ? 1e-13 : 1e-5, "max |R|");
      assert_memory_equal(bench.mask, usual, bench.cells);
    }
  }
}

/* ---- residuals ---- */

static void residuals(void **state) {
  (void)state;
  static double field[CELLS_MAX];
  static const char *const names[3] = {"residual", "mid band", "high band"};
  const double target = 1.0, *const energy = &target;
  FOR_EACH_SHARED_WAY {
    double z[D];
    set_mode(z, 1.0);
    for (int kind = 0; kind < 3; kind++) {
      const double wrong[] = {NAN, INFINITY, -INFINITY, fp64() ? 1.7e308 : 1e39};
      static const char *const words[] = {"NaN", "infinite", "infinite", "overflows beyond"};
      struct vordec_decode_io io = {.residual = kind == 0 ? field : NULL};
      if (kind > 0) io.band[kind - 1] = field;
      if (kind > 0) io.band_energy[kind - 1] = energy;
      for (int i = 0; i < 4; i++) {
        char part[64];
        memset(field, 0, sizeof field);
        field[77] = wrong[i];
        bench_decode(&bench, z, &io);
        snprintf(part, sizeof part, "%s: state 0, cell 77 is ", names[kind]);
        expect_refusal(part);
        expect_refusal(words[i]);
        if (kind == 0) continue;
        field[77] = 0;
        io.band_energy[kind - 1] = &wrong[i];
        bench_decode(&bench, z, &io);
        snprintf(part, sizeof part, "%s: n E of state 0 is ", names[kind]);
        expect_refusal(part);
        io.band_energy[kind - 1] = energy;
      }
    }
  }
}

/* A band so small, and an energy so large, that their quotient overflows, while the gain does not. */
static void extreme_gain(void **state) {
  (void)state;
  static double field[CELLS_MAX];
  FOR_EACH_SHARED_WAY {
    const double target = fp64() ? 1e300 : 1e33;
    const struct vordec_decode_io io = {.band = {field}, .band_energy = {&target}};
    double z[D];
    set_mode(z, 1.0);
    for (size_t i = 0; i < CELLS_MAX; i++) field[i] = 1e-14 * (1.0 + 0.5 * sin((double)i));
    bench_decode(&bench, z, &io);
    expect_ok();
    expect_near(bench.scalars.band_energy[0], target, fp64() ? 1e-12 : 1e-5, "the band's energy");
    double sum = 0;
    for (size_t i = 0; i < bench.cells; i++) {
      assert_true(isfinite(bench.hat[i]));
      sum += bench.hat[i] / sqrt(target) * (bench.hat[i] / sqrt(target)) / (double)bench.cells;
    }
    expect_near(sum, 1.0, 1e-4, "the field's mean square");
  }
}

/* ---- the mask ---- */

static void expect_no_mask(const char *what) {
  expect_ok();
  for (size_t i = 0; i < bench.cells; i++) {
    if (bench.mask[i] != 0 || !isfinite(bench.lp[i]))
      fail_msg("%s: %s: a mask at cell %zu", bench_name(&bench), what, i);
  }
  if (bench.scalars.residual_absmax != 0.0 || bench.scalars.support_frac != 0.0) {
    fail_msg("%s: %s: max |R| is %g", bench_name(&bench), what, bench.scalars.residual_absmax);
  }
}

/* Where R is 0 nothing is above any threshold. */
static void no_residual(void **state) {
  (void)state;
  static const char *const taus[] = {"0.35", "1", "1e-300"}, *const widths[] = {"3", "7", "16"},
                           *const kernels[] = {"box", "triangle"};
  for (int i = 0; i < 3; i++) {
    const struct setting settings[] = {{"mask", "tau", taus[i]},
                                       {"mask", "boundary", "periodic"},
                                       {"mask", "smooth_width", widths[i]},
                                       {"mask", "smooth_kernel", kernels[i == 1]},
                                       {NULL, NULL, NULL}};
    FOR_EACH_WAY(i % 2 ? 20 : 16, settings) {
      static const double levels[] = {0.0, 1.0, -0.1, 123456.789, 1e12};
      for (int level = 0; level < 10; level++) {
        double z[D] = {levels[level / 2]};
        bench_decode_as(&bench, z, level % 2);
        expect_no_mask("a constant");
      }
    }
    const struct setting narrow[] = {{"mask", "tau", taus[i]}, {"mask", "smooth_width", "1"}, {NULL, NULL, NULL}};
    FOR_EACH_WAY(i % 2 ? 20 : 16, narrow) {
      double z[D];
      set_mode(z, 1.7);
      bench_decode(&bench, z, NULL);
      expect_no_mask("a window of one cell");
      memset(z, 0, sizeof z);
      bench_decode(&bench, z, NULL);
      expect_no_mask("nothing");
    }
  }
}

/* The smallest grid, the widest window, thresholds at both ends, against the plain reference. */
static void smallest_grid(void **state) {
  (void)state;
  static const char *const taus[] = {"1", "1e-300", "0.35"};
  for (int i = 0; i < 6; i++) {
    const struct setting settings[] = {{"mask", "tau", taus[i % 3]},
                                       {"mask", "boundary", i < 3 ? "zero" : "periodic"},
                                       {"mask", "smooth_width", "4"},
                                       {NULL, NULL, NULL}};
    double z[D], lp[CELLS_MAX], absmax = 0;
    set_mode(z, 1.0);
    z[0] = 0.3;
    z[3] = z[4] = -0.4;
    FOR_EACH_WAY(4, settings) {
      bench_decode(&bench, z, NULL);
      expect_ok();
      if (way == 0) memcpy(lp, bench.lp, sizeof lp);
      if (way == 0) absmax = bench.scalars.residual_absmax;
      for (size_t j = 0; j < bench.cells; j++) assert_true(fabs(bench.lp[j] - lp[j]) < (fp64() ? 1e-14 : 1e-6));
      expect_near(bench.scalars.residual_absmax, absmax, fp64() ? 1e-13 : 1e-5, "max |R|");
    }
  }
}

/* ---- K ---- */

static void any_k(void **state) {
  (void)state;
  static const struct {
    double k, means;
  } counts[] = {{-3, 0},  {-0.5, 0}, {0.5, 0}, {0.51, 1}, {1.5, 2},
                {2.5, 2}, {2.99, 3}, {3.5, 3}, {1e30, 3}, {-1e30, 0}};
  FOR_EACH_SHARED_WAY {
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
      double z[D], hat[CELLS_MAX];
      for (size_t j = 0; j < D; j++) z[j] = sin(1.0 + (double)j);
      z[AT_K] = counts[i].means;
      bench_decode(&bench, z, NULL);
      memcpy(hat, bench.hat, sizeof hat);
      z[AT_K] = counts[i].k;
      for (int in_place = 0; in_place < 2; in_place++) {
        bench_decode_as(&bench, z, in_place);
        expect_ok();
        assert_memory_equal(bench.hat, hat, bench.cells * sizeof *hat);
      }
    }
  }
}

static int close_shared(void **state) {
  (void)state;
  for (size_t way = 0; way < WAYS; way++) bench_close(&shared[way]);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(not_finite_from_the_host),
                                     cmocka_unit_test(not_finite_in_place),
                                     cmocka_unit_test(too_large),
                                     cmocka_unit_test(any_amplitude),
                                     cmocka_unit_test(any_amplitude_inside),
                                     cmocka_unit_test(residuals),
                                     cmocka_unit_test(extreme_gain),
                                     cmocka_unit_test(no_residual),
                                     cmocka_unit_test(smallest_grid),
                                     cmocka_unit_test(any_k)};
  return cmocka_run_group_tests(tests, NULL, close_shared);
}
