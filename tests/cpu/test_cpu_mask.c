/* SPDX-License-Identifier: MIT */
/* Stage 3 where threads share the rows of a grid, against its definition, evaluated tap by tap and cell by cell; and
 * fields that overflow. What any backend has to do, the conformance suite checks. */
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

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_smoothing_shared_rows), cmocka_unit_test(test_overflow)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
