/* SPDX-License-Identifier: MIT */
/* Stage 4: the number of kept modes, and bands at their limits, against direct sums. */
#include "doubles.h"

#include <stdlib.h>
#include <string.h>

#include "cpu_harness.h"

static double *new_field(size_t n) {
  double *field = calloc(n * n, sizeof *field);
  assert_non_null(field);
  return field;
}

/* Decodes one state with what `job` carries besides z. */
static struct outputs decode_with(struct cpu_harness *harness, const struct vordec_plan_desc *desc, const double *z,
                                  const struct vordec_decode_job *extra) {
  struct outputs outputs = outputs_create(1, desc->n);
  struct vordec_plan *plan = cpu_harness_plan(harness, desc, NULL);
  struct vordec_decode_job job = outputs_job(&outputs, z, desc->outputs);
  job.residual = extra->residual;
  memcpy(job.band, extra->band, sizeof job.band);
  memcpy(job.band_energy, extra->band_energy, sizeof job.band_energy);
  cpu_harness_decode(harness, plan, &job, &outputs);
  harness->backend->plan_destroy(plan);
  return outputs;
}

/* K is rounded half to even and clamped, and where Im kept starts follows it. */
static void test_kept_count(void **state) {
  (void)state;
  static const struct {
    double k;
    size_t kept;
  } rows[] = {{0, 0}, {-3, 0},  {0.5, 0}, {0.51, 1}, {1.5, 2}, {2.5, 2},  {3.5, 4},  {6.99999, 7}, {8.5, 8},
              {9, 9}, {9.5, 9}, {10, 9},  {11, 9},   {12, 9},  {1e18, 9}, {-0.4, 0}, {0.49, 0},    {7.5, 8}};
  const size_t n = 24;
  struct cpu_harness harness;
  cpu_harness_open(&harness, 1);
  struct shape shape = shape_disc(n, 3, 12);
  double *z = shape_states(&shape, 1, 7);
  struct vordec_plan_desc desc = cpu_harness_describe(&shape);
  desc.include_anchors = true;
  desc.max_kept = 9;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    double *tail = z + 2 * shape.m + 3;
    tail[0] = rows[i].k;
    double *expected = new_field(n);
    add_modes(expected, n, shape.low, z, z + shape.m, shape.m);
    add_modes(expected, n, shape.anchor, tail + 1, tail + 1 + rows[i].kept, rows[i].kept);
    struct outputs outputs = cpu_harness_run(&harness, &desc, 1, z);
    check_at_most(largest_difference(outputs.omega_hat, expected, n * n), 1e-12);
    outputs_destroy(&outputs);
    free(expected);
  }
  free(z);
  shape_destroy(&shape);
  cpu_harness_close(&harness);
}

/* No energy asked for: no band. No variance: the band as it is, gain 1. */
static void test_band_limits(void **state) {
  (void)state;
  const size_t n = 16;
  struct cpu_harness harness;
  cpu_harness_open(&harness, 1);
  struct shape shape = shape_disc(n, 3, 0);
  double *z = shape_states(&shape, 1, 9);
  double *loud = new_field(n), *faint = new_field(n);
  for (size_t i = 0; i < n * n; i++) {
    loud[i] = 1;
    faint[i] = 1e-16;
  }
  const double none = 0, negative = -1, one = 1;
  struct vordec_plan_desc desc = cpu_harness_describe(&shape);
  const struct vordec_decode_job silent = {.band = {loud, loud}, .band_energy = {&none, &negative}};
  struct outputs outputs = decode_with(&harness, &desc, z, &silent);
  check_same_bytes(outputs.omega_hat, outputs.omega_lp, n * n * sizeof(double));
  for (size_t i = 0; i < 2; i++) {
    assert_true(outputs.scalars->band_gain[i] == 0 && outputs.scalars->band_energy[i] == 0);
  }
  outputs_destroy(&outputs);

  const struct vordec_decode_job quiet = {.band = {faint, loud}, .band_energy = {&one, &one}};
  outputs = decode_with(&harness, &desc, z, &quiet);
  assert_true(outputs.scalars->support_frac > 0);
  assert_true(outputs.scalars->band_gain[0] == 1);
  check_relative(outputs.scalars->band_gain[1], sqrt(1 / outputs.scalars->support_frac), 1e-14);
  outputs_destroy(&outputs);
  free(loud);
  free(faint);
  free(z);
  shape_destroy(&shape);
  cpu_harness_close(&harness);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_kept_count), cmocka_unit_test(test_band_limits)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
