/* SPDX-License-Identifier: MIT */
/*
 * Every stage against direct sums in double, over sizes, batches, precisions and transforms.
 */
#include "driver.h"

#include <stdlib.h>
#include <string.h>

static struct harness harness;
static struct vordec_session *session;

static double *new_field(size_t cells) {
  double *field = calloc(cells, sizeof *field);
  assert_non_null(field);
  return field;
}

/* What one decode must come to for one state; the mask it was handed decides the gate. */
struct expectation {
  double *omega_lp, *residual, *margin, *omega_hat;
  int8_t *mask;
  double absmax, band_gain[2];
};

static struct expectation expect_state(const struct sample *sample, const struct vordec_plan_desc *desc, uint32_t state,
                                       uint32_t residual_set, const int8_t *device_mask) {
  const uint32_t n = sample->n;
  const size_t cells = (size_t)n * n;
  struct expectation e = {new_field(cells), new_field(cells), new_field(cells), new_field(cells), calloc(cells, 1), 0.0,
                          {NAN, NAN}};
  const double *z = sample->z + (size_t)state * sample->d;
  sum_modes(n, sample->low_index, sample->m, z, z + sample->m, e.omega_lp);
  smooth_sum(n, e.omega_lp, desc, e.residual);
  for (size_t i = 0; i < cells; i++) e.residual[i] = e.omega_lp[i] - e.residual[i];
  ternary(n, e.residual, desc->tau, e.mask, e.margin, &e.absmax);
  const struct combination given = {state, residual_set, e.omega_lp, device_mask};
  combine_sum(sample, desc, &given, e.omega_hat, e.band_gain);
  return e;
}

static void free_expectation(struct expectation *e) {
  free(e->omega_lp);
  free(e->residual);
  free(e->margin);
  free(e->omega_hat);
  free(e->mask);
}

struct worst {
  double lp_mae, hat_mae;
};

static void check_fields(const struct outputs *outputs, const struct expectation *e, size_t first, double scale,
                         bool before_majority, struct worst *worst) {
  const double tolerance = outputs->fp64 ? 1e-12 : 1e-6, near = outputs->fp64 ? 1e-11 : 1e-5;
  double lp = 0.0, hat = 0.0;
  for (size_t i = 0; i < outputs->cells; i++) {
    lp += fabs(outputs_lp(outputs, first + i) - e->omega_lp[i]) / (double)outputs->cells;
    hat += fabs(outputs_hat(outputs, first + i) - e->omega_hat[i]) / (double)outputs->cells;
    if (before_majority && e->margin[i] > near) assert_int_equal(outputs->mask[first + i], e->mask[i]);
  }
  assert_true(lp <= tolerance);
  driver_near(hat, 0.0, tolerance * scale, "mean absolute error of omega_hat");
  worst->lp_mae = fmax(worst->lp_mae, lp);
  worst->hat_mae = fmax(worst->hat_mae, hat);
}

static void check_scalars(const struct outputs *outputs, const struct expectation *e, size_t state,
                          uint32_t residual_set, double energy_target[2]) {
  const struct vordec_scalars *s = &outputs->scalars[state];
  const size_t cells = outputs->cells, first = state * cells;
  const double tolerance = outputs->fp64 ? 1e-12 : 2e-6;
  double lp = 0.0, hat = 0.0, support = 0.0;
  for (size_t i = 0; i < cells; i++) {
    lp += 0.5 * e->omega_lp[i] * e->omega_lp[i] / (double)cells;
    hat += 0.5 * e->omega_hat[i] * e->omega_hat[i] / (double)cells;
    support += outputs->mask[first + i] != 0;
  }
  driver_near(s->enstrophy_lp, lp, tolerance * (1.0 + lp), "enstrophy_lp");
  driver_near(s->enstrophy_hat, hat, 2 * tolerance * (1.0 + hat), "enstrophy_hat");
  assert_true(s->support_frac == support / (double)cells);
  driver_near(s->residual_absmax, e->absmax, tolerance * (1.0 + e->absmax), "residual_absmax");
  for (int band = 0; band < 2; band++) {
    if (!(residual_set & (VORDEC_RESIDUAL_MID << band))) {
      assert_true(isnan(s->band_gain[band]) && isnan(s->band_energy[band]));
      continue;
    }
    driver_near(s->band_gain[band], e->band_gain[band], tolerance * (1.0 + e->band_gain[band]), "band gain");
    const double reached = support > 0.0 ? energy_target[band] : 0.0;
    driver_near(s->band_energy[band], reached, tolerance, "band energy");
  }
}

struct test_case {
  uint32_t n, batch;
  enum vordec_precision precision;
  const char *fft, *fft_used; /* NULL: the plan's own choice */
  enum vordec_smooth_kernel kernel;
  enum vordec_boundary boundary;
  enum vordec_gate gate;
};

static bool skip_fp64(const struct test_case *c) {
  return c->precision == VORDEC_FP64 && !(harness.device.capabilities & VORDEC_CAP_FP64);
}

/* width 0: what sample_plan() takes. */
static void check_case(const struct test_case *c, uint32_t width) {
  struct sample sample;
  sample_create(&sample, c->n, c->n < 32 ? 2 : 8, 24, 0, c->batch);
  struct vordec_plan_desc desc = sample_plan(&sample, c->batch);
  desc.precision = c->precision;
  desc.fft = c->fft;
  desc.smooth_kernel = c->kernel;
  desc.boundary = c->boundary;
  desc.gate = c->gate;
  if (width) desc.smooth_width = width;
  desc.majority_iters = 0;
  struct vordec_plan_info info, majority_info;
  struct vordec_plan *plan = driver_plan(&harness, session, &desc, &info);
  if (c->fft_used) assert_string_equal(info.fft, c->fft_used);
  desc.majority_iters = 8;
  desc.fft = info.fft;
  struct vordec_plan *majority_plan = driver_plan(&harness, session, &desc, &majority_info);
  assert_string_equal(majority_info.fft, info.fft);

  struct outputs before, after;
  outputs_create(&before, &desc, c->batch);
  outputs_create(&after, &desc, c->batch);
  const struct vordec_decode_job first_job = driver_job(&sample, &before, ALL_RESIDUALS);
  const struct vordec_decode_job second_job = driver_job(&sample, &after, ALL_RESIDUALS);
  driver_run(&harness, plan, &first_job);
  driver_run(&harness, majority_plan, &second_job);
  assert_true(outputs_guards_intact(&before));
  assert_true(outputs_guards_intact(&after));

  struct worst worst = {0};
  const size_t cells = (size_t)c->n * c->n;
  for (uint32_t i = 0; i < c->batch; i++) {
    struct expectation e = expect_state(&sample, &desc, i, ALL_RESIDUALS, before.mask + i * cells);
    check_fields(&before, &e, i * cells, 4.0, true, &worst);
    double target[2] = {sample.band_energy[0][i], sample.band_energy[1][i]};
    check_scalars(&before, &e, i, ALL_RESIDUALS, target);
    /* The majority of the device's own ternary field, bit for bit. */
    int8_t *mask = before.mask + i * cells;
    majority_rounds(c->n, mask, 8);
    assert_memory_equal(mask, after.mask + i * cells, cells);
    free_expectation(&e);
  }
  fprintf(stderr, "  N %4u batch %2u %s %-12s: omega_lp MAE %.2e, omega_hat MAE %.2e, warm-up %.0f ms\n", c->n,
          c->batch, c->precision ? "fp64" : "fp32", info.fft, worst.lp_mae, worst.hat_mae, info.warmup_ms);
  harness.backend->plan_destroy(plan);
  harness.backend->plan_destroy(majority_plan);
  outputs_destroy(&before);
  outputs_destroy(&after);
  sample_destroy(&sample);
}

static void check_cases(const struct test_case *cases, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (!skip_fp64(&cases[i])) check_case(&cases[i], 0);
  }
}

static void decode_agrees_with_direct_sums(void **state) {
  (void)state;
  static const struct test_case cases[] = {
      {4, 1, VORDEC_FP32, "direct", "direct", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SUPPORT},
      {8, 3, VORDEC_FP32, "direct", "direct", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_PERIODIC, VORDEC_GATE_SIGNED},
      {8, 17, VORDEC_FP64, "direct", "direct", VORDEC_SMOOTH_TRIANGLE, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SUPPORT},
      {64, 3, VORDEC_FP32, "direct", "direct", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SUPPORT},
      {96, 3, VORDEC_FP64, "direct", "direct", VORDEC_SMOOTH_TRIANGLE, VORDEC_BOUNDARY_PERIODIC, VORDEC_GATE_SIGNED},
      {125, 1, VORDEC_FP32, "direct", "direct", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_PERIODIC, VORDEC_GATE_SUPPORT},
      {127, 3, VORDEC_FP32, "auto", NULL, VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SIGNED},
      {127, 1, VORDEC_FP64, "auto", NULL, VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SUPPORT},
      {128, 17, VORDEC_FP32, "direct", "direct", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SUPPORT},
      {250, 1, VORDEC_FP32, "direct", "direct", VORDEC_SMOOTH_TRIANGLE, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SIGNED},
      {4, 3, VORDEC_FP32, "vkfft", "vkfft", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_PERIODIC, VORDEC_GATE_SUPPORT},
      {8, 17, VORDEC_FP32, "vkfft", "vkfft", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_PERIODIC, VORDEC_GATE_SIGNED},
      {8, 3, VORDEC_FP64, "auto", NULL, VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SUPPORT},
      {64, 17, VORDEC_FP32, "vkfft", "vkfft", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SUPPORT},
      {64, 3, VORDEC_FP64, "vkfft", "vkfft", VORDEC_SMOOTH_TRIANGLE, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SIGNED},
      {96, 3, VORDEC_FP32, "auto", NULL, VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SUPPORT},
      {125, 3, VORDEC_FP32, "vkfft", "vkfft", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SUPPORT},
      {125, 1, VORDEC_FP64, "vkfft", "vkfft", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_PERIODIC, VORDEC_GATE_SIGNED},
      {128, 17, VORDEC_FP32, "auto", NULL, VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SUPPORT},
      {192, 3, VORDEC_FP32, "auto", NULL, VORDEC_SMOOTH_TRIANGLE, VORDEC_BOUNDARY_PERIODIC, VORDEC_GATE_SUPPORT},
      {510, 3, VORDEC_FP32, "auto", NULL, VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SUPPORT},
      {4, 1, VORDEC_FP32, "pruned", "pruned", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SUPPORT},
      {4, 3, VORDEC_FP64, "pruned", "pruned", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_PERIODIC, VORDEC_GATE_SIGNED},
      {8, 17, VORDEC_FP32, "pruned", "pruned", VORDEC_SMOOTH_TRIANGLE, VORDEC_BOUNDARY_PERIODIC, VORDEC_GATE_SIGNED},
      {15, 2, VORDEC_FP64, "pruned", "pruned", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_PERIODIC, VORDEC_GATE_SUPPORT},
      {16, 3, VORDEC_FP32, "pruned", "pruned", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SIGNED},
      {31, 2, VORDEC_FP32, "pruned", "pruned", VORDEC_SMOOTH_TRIANGLE, VORDEC_BOUNDARY_PERIODIC, VORDEC_GATE_SUPPORT},
      {32, 3, VORDEC_FP32, "pruned", "pruned", VORDEC_SMOOTH_TRIANGLE, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SIGNED},
      {64, 17, VORDEC_FP32, "pruned", "pruned", VORDEC_SMOOTH_TRIANGLE, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SUPPORT},
      {64, 3, VORDEC_FP64, "pruned", "pruned", VORDEC_SMOOTH_TRIANGLE, VORDEC_BOUNDARY_PERIODIC, VORDEC_GATE_SIGNED},
      {96, 2, VORDEC_FP64, "pruned", "pruned", VORDEC_SMOOTH_TRIANGLE, VORDEC_BOUNDARY_PERIODIC, VORDEC_GATE_SUPPORT},
      {127, 2, VORDEC_FP64, "pruned", "pruned", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_PERIODIC, VORDEC_GATE_SIGNED},
      {128, 17, VORDEC_FP32, "pruned", "pruned", VORDEC_SMOOTH_TRIANGLE, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SUPPORT},
      {128, 3, VORDEC_FP64, "pruned", "pruned", VORDEC_SMOOTH_TRIANGLE, VORDEC_BOUNDARY_PERIODIC, VORDEC_GATE_SIGNED},
      {250, 2, VORDEC_FP32, "pruned", "pruned", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SIGNED},
      {256, 3, VORDEC_FP32, "pruned", "pruned", VORDEC_SMOOTH_TRIANGLE, VORDEC_BOUNDARY_PERIODIC, VORDEC_GATE_SUPPORT},
      {512, 2, VORDEC_FP32, "pruned", "pruned", VORDEC_SMOOTH_TRIANGLE, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SUPPORT},
      {640, 1, VORDEC_FP32, "pruned", "pruned", VORDEC_SMOOTH_TRIANGLE, VORDEC_BOUNDARY_PERIODIC, VORDEC_GATE_SIGNED},
  };
  static const struct test_case more[] = {
      {128, 3, VORDEC_FP64, "auto", NULL, VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SUPPORT},
      {192, 1, VORDEC_FP64, "auto", NULL, VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SUPPORT},
      {250, 3, VORDEC_FP32, "auto", NULL, VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SUPPORT},
      {250, 1, VORDEC_FP64, "auto", NULL, VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SUPPORT},
      {256, 3, VORDEC_FP32, "auto", NULL, VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SUPPORT},
      {256, 1, VORDEC_FP64, "auto", NULL, VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SIGNED},
      {510, 1, VORDEC_FP64, "auto", NULL, VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_PERIODIC, VORDEC_GATE_SUPPORT},
      {5, 3, VORDEC_FP32, "pruned", "pruned", VORDEC_SMOOTH_TRIANGLE, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SUPPORT},
      {33, 2, VORDEC_FP64, "pruned", "pruned", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SUPPORT},
      {63, 2, VORDEC_FP32, "pruned", "pruned", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_PERIODIC, VORDEC_GATE_SIGNED},
      {65, 2, VORDEC_FP32, "pruned", "pruned", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_PERIODIC, VORDEC_GATE_SUPPORT},
      {96, 3, VORDEC_FP32, "pruned", "pruned", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SIGNED},
      {100, 3, VORDEC_FP32, "pruned", "pruned", VORDEC_SMOOTH_TRIANGLE, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SIGNED},
      {125, 3, VORDEC_FP32, "pruned", "pruned", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SUPPORT},
      {192, 3, VORDEC_FP32, "pruned", "pruned", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_PERIODIC, VORDEC_GATE_SUPPORT},
      {256, 1, VORDEC_FP64, "pruned", "pruned", VORDEC_SMOOTH_TRIANGLE, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SIGNED},
      {320, 1, VORDEC_FP32, "pruned", "pruned", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SUPPORT},
      {512, 1, VORDEC_FP64, "pruned", "pruned", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SIGNED},
      {1024, 2, VORDEC_FP32, "pruned", "pruned", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SUPPORT},
      {509, 1, VORDEC_FP32, "pruned", "pruned", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_PERIODIC, VORDEC_GATE_SIGNED},
  };
  check_cases(cases, sizeof cases / sizeof *cases);
  if (harness_thorough(&harness)) check_cases(more, sizeof more / sizeof *more);
}

static int open_session(void **state) {
  (void)state;
  if (!harness_open(&harness)) return 1;
  fprintf(stderr, "device: %s (%s)\n", harness.device.name, harness.device.driver);
  session = harness_session(&harness);
  return 0;
}

static int close_session(void **state) {
  (void)state;
  harness.backend->close(session);
  fprintf(stderr, "validation messages: %llu\n", (unsigned long long)harness.debug->validation_messages());
  return harness_left(&harness) != 0 || harness.debug->validation_messages() != 0;
}

/* The way that serves any window, with those that have a way of their own: odd and even widths. */
static void windows_as_tables(void **state) {
  (void)state;
  static const struct test_case cases[] = {
      {8, 3, VORDEC_FP32, "direct", "direct", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_PERIODIC, VORDEC_GATE_SIGNED},
      {65, 2, VORDEC_FP64, "direct", "direct", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SUPPORT},
      {96, 2, VORDEC_FP32, "vkfft", "vkfft", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SUPPORT},
      {16, 3, VORDEC_FP32, "pruned", "pruned", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SIGNED},
      {33, 2, VORDEC_FP64, "pruned", "pruned", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SUPPORT},
      {63, 2, VORDEC_FP64, "pruned", "pruned", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_PERIODIC, VORDEC_GATE_SIGNED},
      {128, 3, VORDEC_FP32, "pruned", "pruned", VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, VORDEC_GATE_SUPPORT},
  };
  static const uint32_t widths[] = {5, 6, 7};
  harness.debug->make_windows_tables(true);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct test_case c = cases[i];
    /* The last two have no way of their own. */
    if (skip_fp64(&c) || (i >= 5 && !harness_thorough(&harness))) continue;
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
      c.kernel = widths[w] == 7 ? VORDEC_SMOOTH_TRIANGLE : VORDEC_SMOOTH_BOX;
      check_case(&c, widths[w]);
    }
  }
  harness.debug->make_windows_tables(false);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(decode_agrees_with_direct_sums),
      cmocka_unit_test(windows_as_tables),
  };
  return cmocka_run_group_tests_name("vulkan decode", tests, open_session, close_session);
}
