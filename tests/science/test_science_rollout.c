/* SPDX-License-Identifier: MIT */
#include <blake2.h>
#include <math.h>
#include <numerics/stepper.h>
#include <science/workers.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

#define DIGEST_BYTES 16

struct fixture {
  struct reference *rollout;
  double *a, *z0, *z;
  size_t d;
};

static void fixture_open(struct fixture *fixture) {
  struct reference *operator= reference_open("n64", "A");
  fixture->a = reference_f64(operator, "A");
  reference_close(operator);
  fixture->rollout = reference_open("n64", "rollout");
  fixture->z0 = reference_f64(fixture->rollout, "z0");
  fixture->d = reference_count(fixture->rollout, "z0");
  fixture->z = test_alloc(fixture->d, sizeof *fixture->z);
}

static void fixture_close(struct fixture *fixture) {
  reference_close(fixture->rollout);
  free(fixture->z);
  free(fixture->z0);
  free(fixture->a);
}

static struct stepper *start(const struct fixture *fixture, enum vordec_precision precision, bool deterministic) {
  struct vordec_error error;
  struct stepper *stepper;
  const struct stepper_desc desc = {fixture->d, 1, fixture->a, precision, deterministic, {NULL, 1}};
  assert_ok(stepper_create(&desc, &stepper, &error), &error);
  stepper_set(stepper, fixture->z0);
  return stepper;
}

static void check_digests(enum vordec_precision precision, const char *key) {
  struct fixture fixture;
  fixture_open(&fixture);
  int64_t *steps = reference_i64(fixture.rollout, "hash_steps"), *expected = reference_i64(fixture.rollout, key);
  struct stepper *stepper = start(&fixture, precision, true);
  int64_t step = 0;
  for (size_t i = 0; i < reference_count(fixture.rollout, "hash_steps"); i++) {
    for (; step < steps[i]; step++) stepper_step(stepper);
    stepper_get(stepper, 0, fixture.z);
    uint8_t digest[DIGEST_BYTES];
    assert_int_equal(blake2b(digest, fixture.z, NULL, DIGEST_BYTES, fixture.d * sizeof(double), 0), 0);
    for (size_t j = 0; j < DIGEST_BYTES; j++) assert_int_equal(digest[j], expected[i * DIGEST_BYTES + j]);
  }
  assert_int_equal(step, 100);
  stepper_destroy(stepper);
  free(expected);
  free(steps);
  fixture_close(&fixture);
}

static void test_deterministic_digests(void **state) {
  (void)state;
  check_digests(VORDEC_FP64, "hash_inorder_f64");
  check_digests(VORDEC_FP32, "hash_inorder_f32");
}

/* Largest relative difference allowed after 1, 10, 100 and 1000 steps. */
static void check_states(enum vordec_precision precision, bool deterministic, const char *key, const double limit[4]) {
  struct fixture fixture;
  fixture_open(&fixture);
  int64_t *steps = reference_i64(fixture.rollout, "steps");
  double *expected = reference_f64(fixture.rollout, key);
  struct stepper *stepper = start(&fixture, precision, deterministic);
  int64_t step = 0;
  for (size_t i = 0; i < 4; i++) {
    for (; step < steps[i]; step++) stepper_step(stepper);
    stepper_get(stepper, 0, fixture.z);
    const double difference = relative_difference(fixture.z, expected + i * fixture.d, fixture.d);
    print_message("%s%s step %d: relative difference %.2e\n", key, deterministic ? " in order" : "", (int)step,
                  difference);
    assert_at_most(difference, limit[i]);
  }
  stepper_destroy(stepper);
  free(expected);
  free(steps);
  fixture_close(&fixture);
}

/* In single precision, sums of D = 654 products in two orders may differ by D 2^-24 = 4e-5 in one step. */
static void test_states(void **state) {
  static const double fp64[] = {1e-14, 1e-13, 1e-12, 1e-11}, fp32[] = {4e-5, 4e-5, 1e-4, 1e-3}, exact[4] = {0};
  (void)state;
  check_states(VORDEC_FP64, false, "z_f64", fp64);
  check_states(VORDEC_FP32, false, "z_f32", fp32);
  /* The reference summed in order, too. */
  check_states(VORDEC_FP64, true, "z_f64", exact);
  check_states(VORDEC_FP32, true, "z_f32", exact);
}

/* A row vector times A: not A times a column. */
static void test_orientation(void **state) {
  (void)state;
  const double a[] = {1, 2, 0, /**/ 0, 3, 4, /**/ 5, 0, 6}, z[] = {1, 10, 100};
  for (int i = 0; i < 4; i++) {
    const struct stepper_desc desc = {3, 1, a, i < 2 ? VORDEC_FP64 : VORDEC_FP32, i % 2, {NULL, 1}};
    struct vordec_error error;
    struct stepper *stepper;
    double out[3];
    assert_ok(stepper_create(&desc, &stepper, &error), &error);
    stepper_set(stepper, z);
    stepper_step(stepper);
    stepper_get(stepper, 0, out);
    assert_true(out[0] == 501 && out[1] == 32 && out[2] == 640);
    stepper_destroy(stepper);
  }
}

/* More columns than are summed at a time, against sums in long double. */
static void test_large(void **state) {
  (void)state;
  const size_t d = 1500;
  double *a = test_alloc(d * d, sizeof *a), *z = test_alloc(d, sizeof *z), *expected = test_alloc(d, sizeof *z);
  for (size_t i = 0; i < d * d; i++) a[i] = sin((double)i);
  for (size_t i = 0; i < d; i++) z[i] = cos((double)i);
  for (size_t j = 0; j < d; j++) {
    long double sum = 0;
    for (size_t i = 0; i < d; i++) sum += (long double)z[i] * a[i * d + j];
    expected[j] = (double)sum;
  }
  for (int deterministic = 0; deterministic < 2; deterministic++) {
    const struct stepper_desc desc = {d, 1, a, VORDEC_FP64, deterministic, {NULL, 1}};
    struct vordec_error error;
    struct stepper *stepper;
    double *out = test_alloc(d, sizeof *out);
    assert_ok(stepper_create(&desc, &stepper, &error), &error);
    stepper_set(stepper, z);
    stepper_step(stepper);
    stepper_get(stepper, 0, out);
    assert_at_most(largest_difference(out, expected, d), 1e-12);
    stepper_destroy(stepper);
    free(out);
  }
  free(expected);
  free(z);
  free(a);
}

/* Whoever sums which columns, and however many there are. */
static void test_bits_do_not_depend_on_threads(void **state) {
  (void)state;
  static const size_t sizes[] = {654, 517, 300};
  static const uint32_t threads[] = {1, 2, 5};
  double *a = test_alloc((size_t)654 * 654, sizeof *a), z[654], first[654], got[654];
  for (size_t i = 0; i < (size_t)654 * 654; i++) a[i] = 0.1 * sin((double)i);
  for (size_t i = 0; i < 654; i++) z[i] = cos((double)i);
  for (size_t i = 0; i < 6; i++) {
    const size_t d = sizes[i / 2];
    for (size_t t = 0; t < 3; t++) {
      struct vordec_error error;
      struct workers workers;
      struct stepper *stepper;
      assert_ok(workers_start(&workers, threads[t], &error), &error);
      const struct stepper_desc desc = {d, 1, a, i % 2 ? VORDEC_FP64 : VORDEC_FP32, false, workers_team(&workers)};
      assert_ok(stepper_create(&desc, &stepper, &error), &error);
      stepper_set(stepper, z);
      for (int step = 0; step < 3; step++) stepper_step(stepper);
      stepper_get(stepper, 0, t ? got : first);
      if (t) assert_memory_equal(first, got, d * sizeof *got);
      stepper_destroy(stepper);
      workers_stop(&workers);
    }
  }
  free(a);
}

/* .. and in whatever company a state is. */
static void test_states_are_as_alone(void **state) {
  (void)state;
  enum { D = 330, STATES = 7 };
  static const uint32_t threads[] = {1, 2, 5};
  double *a = test_alloc((size_t)D * D, sizeof *a), *z = test_alloc(STATES * D, sizeof *z);
  double *alone = test_alloc(STATES * D, sizeof *alone), got[D];
  for (size_t i = 0; i < (size_t)D * D; i++) a[i] = 0.1 * sin((double)i);
  for (size_t i = 0; i < (size_t)STATES * D; i++) z[i] = cos((double)i);
  for (int way = 0; way < 4; way++) {
    struct vordec_error error;
    struct stepper *stepper;
    struct stepper_desc desc = {D, 1, a, way % 2 ? VORDEC_FP64 : VORDEC_FP32, way / 2, {NULL, 1}};
    for (size_t i = 0; i < STATES; i++) {
      assert_ok(stepper_create(&desc, &stepper, &error), &error);
      stepper_set(stepper, z + i * D);
      for (int step = 0; step < 3; step++) stepper_step(stepper);
      stepper_get(stepper, 0, alone + i * D);
      stepper_destroy(stepper);
    }
    for (size_t t = 0; t < 3 * STATES; t++) {
      struct workers workers;
      assert_ok(workers_start(&workers, threads[t % 3], &error), &error);
      desc.states = 1 + t / 3;
      desc.team = workers_team(&workers);
      assert_ok(stepper_create(&desc, &stepper, &error), &error);
      stepper_set(stepper, z);
      for (int step = 0; step < 3; step++) stepper_step(stepper);
      for (size_t i = 0; i < desc.states; i++) {
        stepper_get(stepper, i, got);
        assert_memory_equal(got, alone + i * D, sizeof got);
      }
      stepper_destroy(stepper);
      workers_stop(&workers);
    }
  }
  free(alone);
  free(z);
  free(a);
}

static void test_bad_input(void **state) {
  (void)state;
  double a[] = {1, 0, 0, 1e39};
  struct vordec_error error;
  struct stepper *stepper;
  struct stepper_desc desc = {2, 1, a, VORDEC_FP32, false, {NULL, 1}};
  assert_refused(stepper_create(&desc, &stepper, &error), &error, VORDEC_E_INPUT, "(1, 1) is not finite in float32");
  desc.precision = VORDEC_FP64;
  a[1] = NAN;
  assert_refused(stepper_create(&desc, &stepper, &error), &error, VORDEC_E_INPUT, "(0, 1) is not finite in float64");
  desc.d = 0;
  assert_refused(stepper_create(&desc, &stepper, &error), &error, VORDEC_E_INPUT, "0 rows");
  assert_null(stepper);
  stepper_destroy(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_deterministic_digests),
      cmocka_unit_test(test_states),
      cmocka_unit_test(test_orientation),
      cmocka_unit_test(test_large),
      cmocka_unit_test(test_bits_do_not_depend_on_threads),
      cmocka_unit_test(test_states_are_as_alone),
      cmocka_unit_test(test_bad_input),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
