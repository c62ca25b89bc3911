/* Stage 3 against its definition, evaluated tap by tap and cell by cell. */
#include "doubles.h"

#include <stdlib.h>
#include <string.h>

#include "cpu_harness.h"

/* The kernel's weight at offset d, by the formulas. */
static long double tap(enum vordec_smooth_kernel kernel, long width, long d) {
  if (kernel == VORDEC_SMOOTH_BOX) {
    return d >= -(width / 2) && d <= width - 1 - width / 2 ? 1.0L / (long double)width : 0.0L;
  }
  const long h = (width + 1) / 2;
  return labs(d) < h ? (long double)(h - labs(d)) / (long double)(h * h) : 0.0L;
}

/* out[y, x] = sum over d of tap(d) in[position + d] along one axis. */
static void smooth_axis(long double *out, const long double *in, const struct vordec_plan_desc *desc, bool along_x) {
  const long n = (long)desc->n, width = (long)desc->smooth_width;
  for (long y = 0; y < n; y++) {
    for (long x = 0; x < n; x++) {
      long double sum = 0;
      for (long d = -width; d <= width; d++) {
        const long double weight = tap(desc->smooth_kernel, width, d);
        long at = (along_x ? x : y) + d;
        if (weight == 0 || (desc->boundary == VORDEC_BOUNDARY_ZERO && (at < 0 || at >= n))) continue;
        at = (at % n + n) % n;
        sum += weight * (along_x ? in[y * n + at] : in[at * n + x]);
      }
      out[y * n + x] = sum;
    }
  }
}

/* R = lp - base, and its largest magnitude. */
static double naive_residual(double *r, const double *lp, const struct vordec_plan_desc *desc) {
  const size_t cells = (size_t)desc->n * desc->n;
  long double *a = malloc(cells * sizeof *a), *b = malloc(cells * sizeof *b);
  assert_true(a && b);
  for (size_t i = 0; i < cells; i++) a[i] = lp[i];
  smooth_axis(b, a, desc, true);
  smooth_axis(a, b, desc, false);
  double largest = 0;
  for (size_t i = 0; i < cells; i++) {
    r[i] = (double)(lp[i] - a[i]);
    largest = fmax(largest, fabs(r[i]));
  }
  free(a);
  free(b);
  return largest;
}

static void naive_majority(int8_t *mask, long n) {
  int8_t *before = malloc((size_t)(n * n));
  assert_non_null(before);
  memcpy(before, mask, (size_t)(n * n));
  for (long i = 0; i < n * n; i++) {
    int sum = 0;
    for (long dy = -1; dy <= 1; dy++) {
      for (long dx = -1; dx <= 1; dx++) sum += before[(i / n + dy + n) % n * n + (i % n + dx + n) % n];
    }
    mask[i] = (int8_t)((sum > 0) - (sum < 0));
  }
  free(before);
}

/* The mask before the majority, against the naive R at this threshold; cells too near to it to tell are left out. */
static void check_threshold(const struct outputs *outputs, const double *r, double absmax, double tau) {
  size_t told = 0;
  for (size_t i = 0; i < outputs->cells; i++) {
    const double quotient = r[i] / (absmax + 1e-12);
    if (fabs(fabs(quotient) - tau) < 1e-12) continue;
    told++;
    assert_int_equal(outputs->mask[i], (quotient >= tau) - (quotient <= -tau));
  }
  assert_true(told + 8 >= outputs->cells);
}

/* fftw has the plain stage, pruned the fused one, or bit-planes behind a transform. */
static const char *const ffts[] = {"fftw", "pruned"};

static void check_smoothing(struct cpu_harness *harness, const struct shape *shape, const double *z, uint32_t width) {
  struct vordec_plan_desc desc = cpu_harness_describe(shape);
  double *r = malloc(shape->n * shape->n * sizeof *r);
  assert_non_null(r);
  desc.smooth_width = width;
  desc.majority_iters = 0;
  for (size_t i = 0; i < 24; i++) {
    static const double taus[] = {0.02, 0.35, 1.0};
    desc.fft = ffts[i / 12];
    desc.tau = taus[i % 3];
    desc.boundary = i / 3 % 2 == 0 ? VORDEC_BOUNDARY_ZERO : VORDEC_BOUNDARY_PERIODIC;
    desc.smooth_kernel = i / 6 % 2 == 0 ? VORDEC_SMOOTH_BOX : VORDEC_SMOOTH_TRIANGLE;
    if (desc.smooth_kernel == VORDEC_SMOOTH_TRIANGLE && width % 2 == 0) continue;
    struct outputs outputs = cpu_harness_run(harness, &desc, 1, z);
    const double absmax = naive_residual(r, outputs.omega_lp, &desc);
    check_near(outputs.scalars->residual_absmax, absmax, 1e-12 * absmax);
    check_threshold(&outputs, r, absmax, desc.tau);
    outputs_destroy(&outputs);
  }
  free(r);
}

static void test_smoothing(void **state) {
  (void)state;
  static const uint32_t sizes[] = {4, 5, 8, 16, 17, 33, 64, 75};
  struct cpu_harness harness;
  cpu_harness_open(&harness, 2);
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    const uint32_t n = sizes[i];
    struct shape shape = shape_disc(n, n, 0); /* every mode: noise */
    double *z = shape_states(&shape, 1, n);
    const uint32_t widths[] = {1, 2, 3, 4, n / 2, n / 2 + 1, n - 1, n, 11, 12};
    for (size_t j = 0; j < sizeof widths / sizeof *widths; j++) {
      if (widths[j] <= n) check_smoothing(&harness, &shape, z, widths[j]);
    }
    free(z);
    shape_destroy(&shape);
  }
  cpu_harness_close(&harness);
}

/* Enough rows for threads to share them, and for more than one tile of rows each. */
static void check_shared_rows(uint32_t n, double k_cut, uint32_t width) {
  struct cpu_harness harness;
  cpu_harness_open(&harness, 2);
  struct shape shape = shape_disc(n, k_cut, 0);
  double *z = shape_states(&shape, 1, n);
  check_smoothing(&harness, &shape, z, width);
  free(z);
  shape_destroy(&shape);
  cpu_harness_close(&harness);
}

static void test_smoothing_shared_rows(void **state) {
  (void)state;
  check_shared_rows(516, 40, 31); /* transformed */
  check_shared_rows(516, 5, 12);  /* summed up; R is made again */
  check_shared_rows(525, 6, 11);
}

/* Width 1: the base is the field, R is 0 and so is the mask. */
static void test_width_one(void **state) {
  (void)state;
  struct cpu_harness harness;
  cpu_harness_open(&harness, 1);
  struct shape shape = shape_disc(32, 8, 0);
  double *z = shape_states(&shape, 1, 3);
  struct vordec_plan_desc desc = cpu_harness_describe(&shape);
  desc.smooth_width = 1;
  desc.tau = 1e-6;
  for (size_t fft = 0; fft < 2; fft++) {
    desc.fft = ffts[fft];
    struct outputs outputs = cpu_harness_run(&harness, &desc, 1, z);
    assert_true(outputs.scalars->residual_absmax == 0 && outputs.scalars->support_frac == 0);
    for (size_t i = 0; i < outputs.cells; i++) assert_int_equal(outputs.mask[i], 0);
    outputs_destroy(&outputs);
  }
  free(z);
  shape_destroy(&shape);
  cpu_harness_close(&harness);
}

/* Powers of two scale every intermediate exactly: where 1e-12 is lost beside max |R|, so must the mask be the same. Far
 * below 1e-12 the threshold is out of reach. */
static void test_amplitudes(void **state) {
  (void)state;
  struct cpu_harness harness;
  cpu_harness_open(&harness, 1);
  struct shape shape = shape_disc(48, 8, 0);
  double *z = shape_states(&shape, 1, 5), *scaled = shape_states(&shape, 1, 5);
  struct vordec_plan_desc desc = cpu_harness_describe(&shape);
  struct outputs masks[3];
  static const int exponents[3] = {200, 500, -500};
  for (size_t i = 0; i < 3; i++) {
    for (size_t j = 0; j < 2 * shape.m; j++) scaled[j] = ldexp(z[j], exponents[i]);
    masks[i] = cpu_harness_run(&harness, &desc, 1, scaled);
  }
  assert_true(masks[0].scalars->support_frac > 0.1);
  check_same_bytes(masks[0].mask, masks[1].mask, masks[0].cells);
  assert_true(masks[2].scalars->residual_absmax > 0 && masks[2].scalars->support_frac == 0);
  for (size_t i = 0; i < 3; i++) outputs_destroy(&masks[i]);
  free(z);
  free(scaled);
  shape_destroy(&shape);
  cpu_harness_close(&harness);
}

/* Coefficients that are finite and whose sum is not: max |R| says so, and there is no mask. */
static void test_overflow(void **state) {
  (void)state;
  struct cpu_harness harness;
  cpu_harness_open(&harness, 2);
  static const size_t sizes[] = {40, 516};
  static const uint32_t windows[] = {1, 2, 11};
  for (size_t i = 0; i < 2; i++) {
    struct shape shape = shape_disc(sizes[i], 3, 0);
    struct vordec_plan_desc desc = cpu_harness_describe(&shape);
    double *z = shape_states(&shape, 1, 1);
    for (size_t j = 0; j < 2 * shape.m; j++) z[j] = j < shape.m ? 1e308 : 0;
    struct outputs outputs = outputs_create(1, shape.n);
    const struct vordec_decode_job job = outputs_job(&outputs, z, VORDEC_MASK | VORDEC_SCALARS);
    for (size_t j = 0; j < 6; j++) {
      desc.fft = ffts[j % 2];
      desc.smooth_width = windows[j / 2];
      struct vordec_plan *plan = cpu_harness_plan(&harness, &desc, NULL);
      cpu_harness_decode(&harness, plan, &job, &outputs);
      assert_true(isnan(outputs.scalars->residual_absmax));
      for (size_t cell = 0; cell < outputs.cells; cell++) assert_int_equal(outputs.mask[cell], 0);
      harness.backend->plan_destroy(plan);
    }
    outputs_destroy(&outputs);
    free(z);
    shape_destroy(&shape);
  }
  cpu_harness_close(&harness);
}

static void check_majority(struct cpu_harness *harness, const struct shape *shape, const double *z, const char *fft) {
  struct vordec_plan_desc desc = cpu_harness_describe(shape);
  desc.fft = fft;
  desc.tau = 0.1;
  desc.majority_iters = 0;
  struct outputs start = cpu_harness_run(harness, &desc, 1, z);
  for (uint32_t rounds = 1; rounds <= 20; rounds++) {
    naive_majority(start.mask, (long)shape->n);
    desc.majority_iters = rounds;
    struct outputs outputs = cpu_harness_run(harness, &desc, 1, z);
    check_same_bytes(outputs.mask, start.mask, outputs.cells);
    size_t support = 0;
    for (size_t j = 0; j < outputs.cells; j++) support += start.mask[j] != 0;
    check_near(outputs.scalars->support_frac, (double)support / (double)outputs.cells, 0);
    outputs_destroy(&outputs);
  }
  outputs_destroy(&start);
}

static void test_majority(void **state) {
  (void)state;
  static const uint32_t sizes[] = {4, 5, 6, 15, 16, 31, 64, 127, 130, 200};
  struct cpu_harness harness;
  cpu_harness_open(&harness, 2);
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    struct shape shape = shape_disc(sizes[i], sizes[i], 0);
    double *z = shape_states(&shape, 1, sizes[i]);
    for (size_t fft = 0; fft < 2; fft++) check_majority(&harness, &shape, z, ffts[fft]);
    free(z);
    shape_destroy(&shape);
  }
  cpu_harness_close(&harness);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_smoothing), cmocka_unit_test(test_smoothing_shared_rows),
                                     cmocka_unit_test(test_width_one), cmocka_unit_test(test_amplitudes),
                                     cmocka_unit_test(test_overflow),  cmocka_unit_test(test_majority)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
