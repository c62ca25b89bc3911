/* SPDX-License-Identifier: MIT */
/* Bits depend neither on threads nor on the batch nor on the place in it, and what is not asked for stays as it was,
 * also where threads share the rows of one field. Smaller grids are the conformance suite's. */
#include "doubles.h"

#include <stdlib.h>
#include <string.h>

#include "cpu_harness.h"

#define STATES_MAX 17

/* States with everything that may come with them. */
struct inputs {
  struct shape shape;
  size_t states;
  double *z, *residual, *band[2];
  double energy[2][STATES_MAX];
};

static struct inputs inputs_create(size_t n, double k_cut, size_t states) {
  struct inputs inputs = {.shape = shape_disc(n, k_cut, 20), .states = states};
  const size_t elements = states * n * n;
  uint64_t seed = n;
  inputs.z = shape_states(&inputs.shape, states, n);
  for (size_t i = 0; i < states; i++) inputs.z[i * inputs.shape.d + 2 * inputs.shape.m + 3] = (double)(i + 2);
  double **made[3] = {&inputs.residual, &inputs.band[0], &inputs.band[1]};
  for (size_t i = 0; i < 3; i++) {
    *made[i] = malloc(elements * sizeof(double));
    assert_true(*made[i] != NULL);
    for (size_t j = 0; j < elements; j++) (*made[i])[j] = uniform(&seed);
  }
  for (size_t i = 0; i < states; i++) {
    inputs.energy[0][i] = 0.1 * (double)(i + 1);
    inputs.energy[1][i] = i % 5 == 0 ? 0 : 0.2;
  }
  return inputs;
}

static void inputs_destroy(struct inputs *inputs) {
  free(inputs->z);
  free(inputs->residual);
  free(inputs->band[0]);
  free(inputs->band[1]);
  shape_destroy(&inputs->shape);
}

static struct vordec_plan_desc describe(const struct inputs *inputs, const char *fft, uint32_t batch) {
  struct vordec_plan_desc desc = cpu_harness_describe(&inputs->shape);
  desc.include_anchors = true;
  desc.fft = fft;
  desc.batch = batch;
  return desc;
}

/* Decodes states first .. first + count - 1. */
static struct outputs decode_part(struct cpu_harness *harness, struct vordec_plan *plan, const struct inputs *inputs,
                                  size_t first, size_t count, uint32_t wanted) {
  const size_t n = inputs->shape.n, at = first * n * n;
  struct outputs outputs = outputs_create(count, n);
  struct vordec_decode_job job = outputs_job(&outputs, inputs->z + first * inputs->shape.d, wanted);
  job.residual = inputs->residual + at;
  for (size_t i = 0; i < 2; i++) {
    job.band[i] = inputs->band[i] + at;
    job.band_energy[i] = inputs->energy[i] + first;
  }
  cpu_harness_decode(harness, plan, &job, &outputs);
  return outputs;
}

/* `part` holds states first .. of `whole`. */
static void check_same(const struct outputs *part, const struct outputs *whole, size_t first, uint32_t wanted) {
  const size_t at = first * whole->cells, elements = part->count * part->cells;
  if (wanted & VORDEC_OMEGA_LP) check_same_bytes(part->omega_lp, whole->omega_lp + at, elements * sizeof(double));
  if (wanted & VORDEC_MASK) check_same_bytes(part->mask, whole->mask + at, elements);
  if (wanted & VORDEC_OMEGA_HAT) check_same_bytes(part->omega_hat, whole->omega_hat + at, elements * sizeof(double));
  if (wanted & VORDEC_SCALARS) {
    check_same_bytes(part->scalars, whole->scalars + first, part->count * sizeof *part->scalars);
  }
}

#define EVERYTHING (VORDEC_OMEGA_LP | VORDEC_MASK | VORDEC_OMEGA_HAT | VORDEC_SCALARS)

static void check_batches(struct cpu_harness *harness, const struct inputs *inputs, const char *fft,
                          const struct outputs *whole) {
  const uint32_t batches[] = {1, 3, (uint32_t)inputs->states};
  for (size_t i = 0; i < 3; i++) {
    const struct vordec_plan_desc desc = describe(inputs, fft, batches[i]);
    struct vordec_plan *plan = cpu_harness_plan(harness, &desc, NULL);
    for (size_t first = 0; first < inputs->states; first += batches[i]) {
      const size_t count = inputs->states - first < batches[i] ? inputs->states - first : batches[i];
      struct outputs part = decode_part(harness, plan, inputs, first, count, EVERYTHING);
      check_same(&part, whole, first, EVERYTHING);
      outputs_destroy(&part);
    }
    harness->backend->plan_destroy(plan);
  }
}

static void check_threads(size_t n, double k_cut, size_t states, const char *fft) {
  static const uint32_t threads[] = {1, 2, 3, 5};
  struct inputs inputs = inputs_create(n, k_cut, states);
  struct outputs whole = {0};
  for (size_t i = 0; i < 4; i++) {
    struct cpu_harness harness;
    cpu_harness_open(&harness, threads[i]);
    if (i == 0) {
      const struct vordec_plan_desc desc = describe(&inputs, fft, (uint32_t)states);
      struct vordec_plan *plan = cpu_harness_plan(&harness, &desc, NULL);
      whole = decode_part(&harness, plan, &inputs, 0, states, EVERYTHING);
      harness.backend->plan_destroy(plan);
    }
    check_batches(&harness, &inputs, fft, &whole);
    cpu_harness_close(&harness);
  }
  outputs_destroy(&whole);
  inputs_destroy(&inputs);
}

static void test_threads_and_batches(void **state) {
  (void)state;
  check_threads(127, 30, STATES_MAX, "pruned"); /* many modes, which are transformed */
  check_threads(640, 8, 4, "pruned");           /* large enough for all threads to share its rows */
  check_threads(640, 300, 4, "pruned");
  check_threads(640, 300, 4, "fftw");
}

/* Every subset of outputs: what is asked for is the same, the rest is untouched (cpu_harness_decode() looks). */
static void check_subsets(size_t n, size_t states, const char *fft) {
  struct inputs inputs = inputs_create(n, 6, states);
  struct cpu_harness harness;
  cpu_harness_open(&harness, 2);
  const struct vordec_plan_desc desc = describe(&inputs, fft, (uint32_t)states);
  struct vordec_plan *plan = cpu_harness_plan(&harness, &desc, NULL);
  struct outputs whole = decode_part(&harness, plan, &inputs, 0, states, EVERYTHING);
  for (uint32_t wanted = 0; wanted <= EVERYTHING; wanted++) {
    struct outputs part = decode_part(&harness, plan, &inputs, 0, states, wanted);
    check_same(&part, &whole, 0, wanted);
    outputs_destroy(&part);
  }
  outputs_destroy(&whole);
  harness.backend->plan_destroy(plan);
  cpu_harness_close(&harness);
  inputs_destroy(&inputs);
}

static void test_subsets_of_outputs(void **state) {
  (void)state;
  check_subsets(520, 1, "pruned"); /* R is made again */
}

/* Without residual, bands and omega_hat there is nothing to combine, and no scalars of it. */
static void test_no_combine(void **state) {
  (void)state;
  struct cpu_harness harness;
  cpu_harness_open(&harness, 1);
  struct shape shape = shape_disc(32, 6, 4);
  double *z = shape_states(&shape, 1, 1);
  struct vordec_plan_desc desc = cpu_harness_describe(&shape);
  desc.outputs = VORDEC_SCALARS;
  desc.residuals = 0;
  desc.include_anchors = true;
  struct outputs outputs = outputs_create(1, shape.n);
  struct vordec_plan *plan = cpu_harness_plan(&harness, &desc, NULL);
  const struct vordec_decode_job job = outputs_job(&outputs, z, desc.outputs);
  const struct vordec_decode_result result = cpu_harness_decode(&harness, plan, &job, &outputs);
  assert_true(result.stage_ms[VORDEC_STAGE_COMBINE] == 0);
  assert_true(isnan(outputs.scalars->energy_hat) && isnan(outputs.scalars->enstrophy_hat));
  assert_true(isnan(outputs.scalars->band_gain[0]) && isnan(outputs.scalars->band_energy[0]));
  assert_true(outputs.scalars->energy_lp > 0 && outputs.scalars->enstrophy_lp > 0);
  harness.backend->plan_destroy(plan);
  outputs_destroy(&outputs);
  free(z);
  shape_destroy(&shape);
  cpu_harness_close(&harness);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_threads_and_batches),
                                     cmocka_unit_test(test_subsets_of_outputs), cmocka_unit_test(test_no_combine)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
