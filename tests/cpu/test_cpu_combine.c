/* Stage 4: gates, kept modes and bands, against the reference data and direct sums. */
#include "doubles.h"

#include <stdlib.h>
#include <string.h>

#include "cpu_reference.h"
#include "cpu_rig.h"

static double *new_field(size_t n) {
  double *field = calloc(n * n, sizeof *field);
  assert_non_null(field);
  return field;
}

/* Decodes one state with what `job` carries besides z. */
static struct outputs decode_with(struct rig *rig, const struct vordec_plan_desc *desc, const double *z,
                                  const struct vordec_decode_job *extra) {
  struct outputs outputs = outputs_create(1, desc->n);
  struct vordec_plan *plan = rig_plan(rig, desc, NULL);
  struct vordec_decode_job job = outputs_job(&outputs, z, desc->outputs);
  job.residual = extra->residual;
  memcpy(job.band, extra->band, sizeof job.band);
  memcpy(job.band_energy, extra->band_energy, sizeof job.band_energy);
  rig_decode(rig, plan, &job, &outputs);
  rig->backend->plan_destroy(plan);
  return outputs;
}

static void check_callers_residual(struct rig *rig, const struct reference *reference) {
  const size_t n = reference->shape.n, cells = n * n;
  double *residual = new_field(n), *expected = new_field(n);
  for (size_t i = 0; i < cells; i++) residual[i] = reference->r_mid[i] + reference->r_high[i];
  const struct vordec_decode_job extra = {.residual = residual};
  struct vordec_plan_desc desc = reference_describe(reference);

  struct outputs outputs = decode_with(rig, &desc, reference->z, &extra);
  check_at_most(largest_difference(outputs.omega_hat, reference->omega_hat, cells), 1e-12);
  check_relative(outputs.scalars->energy_hat, reference->energy_hat, 1e-12);
  check_relative(outputs.scalars->enstrophy_hat, reference->enstrophy_hat, 1e-12);
  assert_true(isnan(outputs.scalars->band_gain[0]) && isnan(outputs.scalars->band_energy[1]));
  outputs_destroy(&outputs);

  desc.gate = VORDEC_GATE_SIGNED;
  for (size_t i = 0; i < cells; i++) {
    expected[i] = reference->omega_lp[i] + (double)reference->s_final[i] * residual[i];
  }
  outputs = decode_with(rig, &desc, reference->z, &extra);
  check_at_most(largest_difference(outputs.omega_hat, expected, cells), 1e-12);
  outputs_destroy(&outputs);
  free(residual);
  free(expected);
}

static void check_kept_modes(struct rig *rig, const struct reference *reference, const char *fft) {
  const size_t n = reference->shape.n, cells = n * n;
  double *expected = new_field(n);
  memcpy(expected, reference->omega_lp, cells * sizeof *expected);
  add_modes(expected, n, reference->shape.anchor, reference->kept_r, reference->kept_i, reference->k_keep);
  struct vordec_plan_desc desc = reference_describe(reference);
  desc.include_anchors = true;
  desc.fft = fft;
  struct outputs outputs = rig_run(rig, &desc, 1, reference->z);
  check_at_most(largest_difference(outputs.omega_hat, expected, cells), 1e-12);
  check_at_most(largest_difference(outputs.omega_lp, reference->omega_lp, cells), 1e-12);
  outputs_destroy(&outputs);
  free(expected);
}

/* The ungated field of a band, sqrt(E) cos(k.x + phi) summed over its modes. */
static double *band_field(const struct reference *reference, size_t band) {
  const size_t n = reference->shape.n;
  double *field = new_field(n);
  const double amplitude = sqrt(reference->target[band]);
  for (size_t i = 0; i < n * n; i++) {
    if (!reference->band_mask[band][i]) continue;
    const uint32_t index = (uint32_t)i;
    const double re = amplitude * cos(reference->phases[band][i]), im = amplitude * sin(reference->phases[band][i]);
    add_modes(field, n, &index, &re, &im, 1);
  }
  return field;
}

static void check_bands(struct rig *rig, const struct reference *reference) {
  const size_t n = reference->shape.n, cells = n * n;
  const double *expected[2] = {reference->r_mid, reference->r_high};
  double *fields[2] = {band_field(reference, 0), band_field(reference, 1)};
  double energy[2];
  for (size_t i = 0; i < 2; i++) energy[i] = reference->modes[i] * reference->target[i];
  struct vordec_plan_desc desc = reference_describe(reference);

  for (size_t i = 0; i < 2; i++) {
    struct vordec_decode_job extra = {0};
    extra.band[i] = fields[i];
    extra.band_energy[i] = &energy[i];
    struct outputs outputs = decode_with(rig, &desc, reference->z, &extra);
    double *band = new_field(n);
    for (size_t j = 0; j < cells; j++) band[j] = outputs.omega_hat[j] - outputs.omega_lp[j];
    check_at_most(largest_difference(band, expected[i], cells), 1e-11);
    check_relative(outputs.scalars->band_gain[i], reference->gain[i], 1e-11);
    check_relative(outputs.scalars->band_energy[i], energy[i], 1e-12);
    assert_true(isnan(outputs.scalars->band_gain[1 - i]));
    free(band);
    outputs_destroy(&outputs);
  }
  const struct vordec_decode_job both = {.band = {fields[0], fields[1]}, .band_energy = {&energy[0], &energy[1]}};
  struct outputs outputs = decode_with(rig, &desc, reference->z, &both);
  check_at_most(largest_difference(outputs.omega_hat, reference->omega_hat, cells), 1e-11);
  outputs_destroy(&outputs);
  free(fields[0]);
  free(fields[1]);
}

static void each_reference(void (*check)(struct rig *, const struct reference *)) {
  struct rig rig;
  rig_open(&rig, 2);
  for (size_t i = 0; i < REFERENCE_COUNT; i++) {
    struct reference reference = reference_read(i);
    check(&rig, &reference);
    reference_destroy(&reference);
  }
  rig_close(&rig);
}

static void test_callers_residual(void **state) {
  (void)state;
  each_reference(check_callers_residual);
}

static void test_bands(void **state) {
  (void)state;
  each_reference(check_bands);
}

static void check_kept_both(struct rig *rig, const struct reference *reference) {
  check_kept_modes(rig, reference, "fftw");
  check_kept_modes(rig, reference, "pruned");
}

static void test_kept_modes(void **state) {
  (void)state;
  each_reference(check_kept_both);
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
  struct rig rig;
  rig_open(&rig, 1);
  struct shape shape = shape_disc(n, 3, 12);
  double *z = shape_states(&shape, 1, 7);
  struct vordec_plan_desc desc = rig_describe(&shape);
  desc.include_anchors = true;
  desc.max_kept = 9;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    double *tail = z + 2 * shape.m + 3;
    tail[0] = rows[i].k;
    double *expected = new_field(n);
    add_modes(expected, n, shape.low, z, z + shape.m, shape.m);
    add_modes(expected, n, shape.anchor, tail + 1, tail + 1 + rows[i].kept, rows[i].kept);
    struct outputs outputs = rig_run(&rig, &desc, 1, z);
    check_at_most(largest_difference(outputs.omega_hat, expected, n * n), 1e-12);
    outputs_destroy(&outputs);
    free(expected);
  }
  free(z);
  shape_destroy(&shape);
  rig_close(&rig);
}

/* No energy asked for: no band. No variance: the band as it is, gain 1. */
static void test_band_limits(void **state) {
  (void)state;
  const size_t n = 16;
  struct rig rig;
  rig_open(&rig, 1);
  struct shape shape = shape_disc(n, 3, 0);
  double *z = shape_states(&shape, 1, 9);
  double *loud = new_field(n), *faint = new_field(n);
  for (size_t i = 0; i < n * n; i++) {
    loud[i] = 1;
    faint[i] = 1e-16;
  }
  const double none = 0, negative = -1, one = 1;
  struct vordec_plan_desc desc = rig_describe(&shape);
  const struct vordec_decode_job silent = {.band = {loud, loud}, .band_energy = {&none, &negative}};
  struct outputs outputs = decode_with(&rig, &desc, z, &silent);
  check_same_bytes(outputs.omega_hat, outputs.omega_lp, n * n * sizeof(double));
  for (size_t i = 0; i < 2; i++) {
    assert_true(outputs.scalars->band_gain[i] == 0 && outputs.scalars->band_energy[i] == 0);
  }
  outputs_destroy(&outputs);

  const struct vordec_decode_job quiet = {.band = {faint, loud}, .band_energy = {&one, &one}};
  outputs = decode_with(&rig, &desc, z, &quiet);
  assert_true(outputs.scalars->support_frac > 0);
  assert_true(outputs.scalars->band_gain[0] == 1);
  check_relative(outputs.scalars->band_gain[1], sqrt(1 / outputs.scalars->support_frac), 1e-14);
  outputs_destroy(&outputs);
  free(loud);
  free(faint);
  free(z);
  shape_destroy(&shape);
  rig_close(&rig);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_callers_residual), cmocka_unit_test(test_kept_modes),
                                     cmocka_unit_test(test_bands), cmocka_unit_test(test_kept_count),
                                     cmocka_unit_test(test_band_limits)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
