/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <science/learn.h>
#include <science/start.h>
#include <stdlib.h>
#include <string.h>

#include "../encode/encode_run.h"
#include "../simulate/les_run.h"

static enum vordec_status learn(const double *z, size_t count, size_t d, double ridge, double *a,
                                struct vordec_error *error) {
  const struct learn_series series = {z, count};
  const struct learn_desc desc = {.series = &series, .count = 1, .total = 1, .d = d, .ridge = ridge, .threads = 2};
  return learn_operator(&desc, NULL, a, error);
}

/* A series that an operator made gives the operator back. */
static void test_recovers_operator(void **state) {
  (void)state;
  enum { D = 4, COUNT = 40 };
  /* Two slowly decaying rotations, coupled. */
  const double a[D * D] = {0.8,      0.5, 0.1, 0.0, /**/ -0.5, 0.8, 0.0,  0.1,
                           /**/ 0.0, 0.0, 0.3, 0.9, /**/ 0.0,  0.0, -0.9, 0.3};
  double z[COUNT * D] = {1, 2, -1, 0.5}, learnt[D * D];
  for (size_t t = 1; t < COUNT; t++) {
    for (size_t j = 0; j < D; j++) {
      for (size_t i = 0; i < D; i++) z[t * D + j] += z[(t - 1) * D + i] * a[i * D + j];
    }
  }
  struct vordec_error error;
  assert_ok(learn(z, COUNT, D, 0, learnt, &error), &error);
  assert_at_most(largest_difference(learnt, a, D * D), 1e-12);
}

/* More entries than states: the ridge decides, and (X'X + ridge I) A = X'Y holds entry by entry. */
static void test_normal_equations(void **state) {
  (void)state;
  enum { D = 30, COUNT = 12 };
  const double ridge = 0.1;
  double z[COUNT * D], a[D * D], again[D * D];
  for (size_t i = 0; i < COUNT * D; i++) z[i] = sin(1.0 + (double)(i * i));
  struct vordec_error error;
  assert_ok(learn(z, COUNT, D, ridge, a, &error), &error);
  for (size_t i = 0; i < D; i++) {
    for (size_t j = 0; j < D; j++) {
      double left = ridge * a[i * D + j], right = 0;
      for (size_t t = 0; t + 1 < COUNT; t++) {
        double prediction = 0;
        for (size_t k = 0; k < D; k++) prediction += z[t * D + k] * a[k * D + j];
        left += z[t * D + i] * prediction;
        right += z[t * D + i] * z[(t + 1) * D + j];
      }
      assert_at_most(fabs(left - right), 1e-12);
    }
  }
  assert_ok(learn(z, COUNT, D, ridge, again, &error), &error);
  assert_memory_equal(a, again, sizeof a);
}

/*
 * The whole chain: the reference's start, 300 steps, every step's state with the reference's anchors, and the operator
 * learnt from them, against the operator that NumPy learnt from its own.
 */
static void test_reference_chain(void **state) {
  (void)state;
  enum { STEPS = 300 };
  struct vordec_error error;
  struct reference *start = reference_open("n64", "les"), *encode = reference_open("n64", "encode");
  struct reference *operator= reference_open("n64", "A");
  const size_t n = (size_t)reference_scalar(start, "N"), cells = n * n;
  double *omega = reference_f64(start, "noise"), *frames = reference_f64(encode, "omega");
  double *expected = reference_f64(operator, "A");
  int64_t *anchors = reference_i64(encode, "anchor_idx"), *frame_steps = reference_i64(encode, "frame_steps");
  const struct vordec_simulation_desc les_desc = {.n = n,
                                                  .dt = reference_scalar(start, "dt"),
                                                  .nu0 = reference_scalar(start, "nu0"),
                                                  .cs = reference_scalar(start, "Cs"),
                                                  .reference_mean = true};
  const struct encode_wish wish = encode_run_reference(encode);
  struct encode_run encoder = encode_run_make(&wish);
  struct les_run les = les_run_make(&les_desc, 2);
  assert_ok(vordec_encoder_set_anchors(encoder.encoder, anchors, reference_count(encode, "anchor_idx"), &error),
            &error);
  encode_run_look(&encoder);
  const size_t d = encoder.info.d;
  double *z = test_alloc((STEPS + 1) * d, sizeof *z), *a = test_alloc(d * d, sizeof *a);
  assert_ok(start_smooth(n, omega, omega, &error), &error);
  les_run_set(&les, omega);
  size_t frame = 0;
  for (size_t step = 0; step <= STEPS; step++) {
    les_run_to(&les, step);
    les_run_get(&les, omega);
    if (frame_steps[frame] == (int64_t)step) {
      const double difference = relative_difference(omega, frames + frame * cells, cells);
      print_message("step %zu: relative difference %.2e\n", step, difference);
      assert_at_most(difference, 1e-12);
      frame++;
    }
    encode_run_encode(&encoder, omega, z + step * d);
  }
  assert_ok(learn(z, STEPS + 1, d, 1e-3, a, &error), &error);
  const double difference = relative_difference(a, expected, d * d);
  print_message("operator: relative difference %.2e\n", difference);
  assert_at_most(difference, 1e-9);
  free(a);
  free(z);
  encode_run_end(&encoder);
  les_run_end(&les);
  free(frame_steps);
  free(anchors);
  free(expected);
  free(frames);
  free(omega);
  reference_close(operator);
  reference_close(encode);
  reference_close(start);
}

/* Whoever makes which tile, and however many of them there are. */
static void test_bits_do_not_depend_on_threads(void **state) {
  (void)state;
  static const size_t sizes[][2] = {{500, 230}, {193, 400}, {97, 12}}; /* entries, states */
  static const uint32_t threads[] = {2, 5};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    const size_t d = sizes[i][0], count = sizes[i][1];
    struct vordec_error error;
    double *z = test_alloc(count * d, sizeof *z), *one = test_alloc(d * d, sizeof *one);
    double *several = test_alloc(d * d, sizeof *several);
    for (size_t j = 0; j < count * d; j++) z[j] = sin(0.1 + (double)j * (double)(j % 1009));
    const struct learn_series series = {z, count};
    struct learn_desc desc = {.series = &series, .count = 1, .total = 1, .d = d, .ridge = 1e-3, .threads = 1};
    assert_ok(learn_operator(&desc, NULL, one, &error), &error);
    for (size_t t = 0; t < sizeof threads / sizeof *threads; t++) {
      desc.threads = threads[t];
      assert_ok(learn_operator(&desc, NULL, several, &error), &error);
      assert_memory_equal(one, several, d * d * sizeof *one);
    }
    free(several);
    free(one);
    free(z);
  }
}

/* Terms shared by several in every even way: the bits of one that has them all. */
static void test_sums_do_not_depend_on_who_adds(void **state) {
  (void)state;
  enum { TERMS = 13, LENGTH = 3 };
  double expected[LENGTH] = {0};
  for (size_t parties = 1; parties <= TERMS; parties++) {
    struct ordered_sum all = {.length = LENGTH};
    for (size_t party = 0, term = 0; party < parties; party++) {
      struct ordered_sum own = {.length = LENGTH};
      const size_t end = (party + 1) * TERMS / parties;
      for (; term < end; term++) {
        double *values = test_alloc(LENGTH, sizeof *values);
        for (size_t i = 0; i < LENGTH; i++)
          values[i] = sin(1.0 + (double)(term * LENGTH + i)) * pow(10.0, (double)term);
        ordered_sum_push(&own, term, 0, values);
      }
      for (size_t i = 0; i < own.count; i++) {
        ordered_sum_push(&all, own.nodes[i].first, own.nodes[i].level, own.nodes[i].values);
      }
    }
    double *total = ordered_sum_total(&all);
    if (parties == 1) memcpy(expected, total, sizeof expected);
    assert_memory_equal(total, expected, sizeof expected);
    free(total);
  }
  double plain = 0;
  for (size_t term = 0; term < TERMS; term++) plain += sin(1.0 + (double)(term * LENGTH)) * pow(10.0, (double)term);
  assert_at_most(fabs(plain - expected[0]), 1e-12 * fabs(plain));
}

/* Of several series no step leads from one to the next: (X'X + ridge I) A = X'Y over the steps of each. */
static void test_several_series(void **state) {
  (void)state;
  enum { D = 20, SERIES = 5 };
  const double ridge = 0.1;
  double z[SERIES][9 * D], a[D * D], left[D * D] = {0};
  struct learn_series series[SERIES];
  for (size_t s = 0; s < SERIES; s++) {
    series[s] = (struct learn_series){z[s], 5 + s};
    for (size_t i = 0; i < series[s].count * D; i++) z[s][i] = sin(1.0 + (double)s + (double)(i * i));
  }
  const struct learn_desc desc = {
      .series = series, .count = SERIES, .total = SERIES, .d = D, .ridge = ridge, .threads = 2};
  struct vordec_error error;
  assert_ok(learn_operator(&desc, NULL, a, &error), &error);
  for (size_t i = 0; i < D * D; i++) left[i] = ridge * a[i];
  for (size_t s = 0; s < SERIES; s++) {
    for (size_t t = 0; t + 1 < series[s].count; t++) {
      const double *x = z[s] + t * D, *y = x + D;
      for (size_t j = 0; j < D; j++) {
        double prediction = 0;
        for (size_t k = 0; k < D; k++) prediction += x[k] * a[k * D + j];
        for (size_t i = 0; i < D; i++) left[i * D + j] += x[i] * (prediction - y[j]);
      }
    }
  }
  for (size_t i = 0; i < D * D; i++) assert_at_most(fabs(left[i]), 1e-12);
  z[3][D + 2] = NAN;
  assert_refused(learn_operator(&desc, NULL, a, &error), &error, VORDEC_E_INPUT, "series 3, state 1, entry 2");
}

static void test_bad_input(void **state) {
  (void)state;
  double z[] = {1, 2, 3, 4, 5, 7}, a[4];
  struct vordec_error error;
  assert_refused(learn(z, 1, 2, 1, a, &error), &error, VORDEC_E_INPUT, "1 state(s) are too few");
  assert_refused(learn(z, 3, 2, -1, a, &error), &error, VORDEC_E_INPUT, "ridge: -1");
  assert_refused(learn(z, 3, 2, NAN, a, &error), &error, VORDEC_E_INPUT, "ridge: nan");
  z[3] = NAN;
  assert_refused(learn(z, 3, 2, 1, a, &error), &error, VORDEC_E_INPUT, "state 1, entry 1 is not finite");
  const double unused[] = {1, 0, 2, 0, 3, 0}; /* the second entry never moves: X'X is singular */
  assert_refused(learn(unused, 3, 2, 0, a, &error), &error, VORDEC_E_FAILED, "a larger ridge is needed");
  const double huge[] = {1e200, 1e200, 1e200, 1e200};
  assert_int_equal(learn(huge, 2, 2, 1, a, &error), VORDEC_E_FAILED);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_recovers_operator),
      cmocka_unit_test(test_normal_equations),
      cmocka_unit_test(test_reference_chain),
      cmocka_unit_test(test_bits_do_not_depend_on_threads),
      cmocka_unit_test(test_sums_do_not_depend_on_who_adds),
      cmocka_unit_test(test_several_series),
      cmocka_unit_test(test_bad_input),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
