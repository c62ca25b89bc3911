/* SPDX-License-Identifier: MIT */
/* The modes that an encoder keeps: which ones it chooses, and those that it is given. */
#include <core/base/modes.h>
#include <math.h>
#include <science/start.h>
#include <stdio.h>
#include <stdlib.h>

#include "encode_run.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Anchors of half the modes: those chosen can be set again, a lone one among them; none together with its partner. */
static void test_half_anchors(void **state) {
  (void)state;
  enum { N = 16 };
  struct vordec_error error;
  double omega[N * N], chosen[2 * N * N], set[2 * N * N];
  int64_t anchors[N * N];
  const struct encode_wish wish = {
      .desc = {.n = N, .k_cut = 2, .resid_mid_cut = 5, .topk_mid = 7, .modes = VORDEC_MODES_HALF}, .smooth_width = 3};
  struct encode_run run = encode_run_make(&wish);
  start_noise(1, N, omega);
  encode_run_encode(&run, omega, chosen);
  assert_int_equal(run.info.m, 7);       /* 13 modes */
  assert_int_equal(run.info.anchors, 4); /* three pairs and one alone */
  size_t alone = 0;
  for (size_t i = 0; i < run.info.anchors; i++) {
    anchors[i] = run.info.anchor_idx[i];
    alone += (size_t)anchors[i] > modes_partner(N, (size_t)anchors[i]);
  }
  assert_int_equal(alone, 1);
  encode_run_set_anchors(&run, anchors, run.info.anchors);
  encode_run_encode(&run, omega, set);
  assert_memory_equal(set, chosen, run.info.d * sizeof *set);
  anchors[1] = (int64_t)modes_partner(N, (size_t)anchors[0]);
  assert_refused(vordec_encoder_set_anchors(run.encoder, anchors, 2, &error), &error, VORDEC_E_INPUT,
                 "together with its partner");
  encode_run_end(&run);
}

/* Equal magnitudes are broken by the index: among all of a zero field's, and between k and -k. */
static void test_ties(void **state) {
  (void)state;
  enum { N = 16 };
  double omega[N * N] = {0};
  struct encode_wish wish = {
      .desc = {.n = N, .k_cut = 2, .resid_mid_cut = 4, .topk_mid = 5}, .smooth_width = 3, .tau = 0.35};
  struct encode_run run = encode_run_make(&wish);
  encode_run_choose(&run, omega);
  /* Row 0: kx = 3, 4, -4, -3; row 1: kx = 2. */
  const int64_t first[] = {3, 4, N - 4, N - 3, N + 2};
  assert_memory_equal(run.info.anchor_idx, first, sizeof first);
  encode_run_end(&run);

  wish.desc.topk_mid = 1;
  static const int waves[][2] = {{3, 1}, {1, -3}, {0, 3}, {3, 0}};
  for (size_t w = 0; w < COUNT(waves); w++) {
    const int ky = waves[w][0], kx = waves[w][1];
    for (int i = 0; i < N * N; i++) omega[i] = cos(2 * acos(-1.0) / N * (ky * (i / N) + kx * (i % N)) + 0.3);
    run = encode_run_make(&wish);
    encode_run_choose(&run, omega);
    const int64_t k = (ky + N) % N * N + (kx + N) % N, minus_k = (N - ky) % N * N + (N - kx) % N;
    assert_int_equal(run.info.anchor_idx[0], k < minus_k ? k : minus_k);
    encode_run_end(&run);
  }
}

enum { TIES_N = 64 };

/* Waves (1, 6), (5, 3) and (3, 5), the last a little larger than the one before it. A box takes as much of
 * one of these two as of the other. */
static void make_tie(double more, double *omega) {
  const double turn = 2 * acos(-1.0) / TIES_N;
  for (int i = 0; i < TIES_N * TIES_N; i++) {
    const int x = i % TIES_N, y = i / TIES_N;
    omega[i] =
        2 * cos(turn * (x + 6 * y)) + cos(turn * (5 * x + 3 * y) + 1) + (1 + more) * cos(turn * (3 * x + 5 * y) + 2);
  }
}

/* |c|^2 of each mode of the mid band as the CPU has it in fp64, by the anchor that it would be; else 0. */
static void list_squares(const struct encode_wish *wish, const double *omega, double *squares) {
  static double z[4 * TIES_N * TIES_N];
  struct encode_wish all = *wish;
  all.desc.topk_mid = TIES_N * TIES_N;
  all.on_cpu = true;
  all.fp32 = false;
  struct encode_run run = encode_run_make(&all);
  encode_run_encode(&run, omega, z);
  const size_t anchors = run.info.anchors, first = 2 * run.info.m + 4;
  for (size_t i = 0; i < TIES_N * TIES_N; i++) squares[i] = 0;
  for (size_t i = 0; i < anchors; i++) {
    const double re = z[first + i], im = z[first + anchors + i];
    squares[run.info.anchor_idx[i]] = re * re + im * im;
  }
  encode_run_end(&run);
}

/* The kept modes are those that the CPU keeps, unless the magnitudes in question differ by less than the coefficients
 * of two backends may: then they are others that are as large but for that. */
static void check_tie(double more, bool fp32) {
  static double omega[TIES_N * TIES_N], squares[TIES_N * TIES_N];
  struct encode_wish wish = {
      .desc = {.n = TIES_N, .k_cut = 4, .resid_mid_cut = 9, .topk_mid = 4, .modes = VORDEC_MODES_HALF},
      .smooth_width = 5,
      .boundary = VORDEC_BOUNDARY_PERIODIC,
      .fp32 = fp32};
  make_tie(more, omega);
  list_squares(&wish, omega, squares);
  double largest = 0, least = INFINITY, beyond = 0;
  for (size_t i = 0; i < TIES_N * TIES_N; i++) largest = fmax(largest, sqrt(squares[i]));
  struct encode_run run = encode_run_make(&wish);
  encode_run_choose(&run, omega);
  assert_int_equal(run.info.anchors, 2); /* a pair each */
  for (size_t i = 0; i < run.info.anchors; i++) {
    least = fmin(least, sqrt(squares[run.info.anchor_idx[i]]));
    squares[run.info.anchor_idx[i]] = 0;
  }
  for (size_t i = 0; i < TIES_N * TIES_N; i++) beyond = fmax(beyond, sqrt(squares[i]));
  const double bound = fp32 ? 1e-5 : 1e-12;
  print_message("%s, %.0e apart: left out %.3e of the largest more than is kept\n", fp32 ? "fp32" : "fp64", more,
                (beyond - least) / largest);
  assert_true(beyond - least <= bound * largest);
  if (more > 2 * bound) assert_int_equal(run.info.anchor_idx[0], 5 * TIES_N + 3);
  encode_run_end(&run);
}

static void test_near_ties(void **state) {
  (void)state;
  static const double more[] = {1e-3, 1e-4, 1e-7, 1e-9, 1e-11, 1e-14, 0};
  const bool has_fp32 = getenv("VORDEC_TEST_BACKEND") != NULL;
  for (size_t i = 0; i < COUNT(more); i++) {
    check_tie(more[i], false);
    if (has_fp32) check_tie(more[i], true);
  }
}

/* Anchors that are set keep their order, may be none, and can be chosen anew. */
static void test_set_anchors(void **state) {
  (void)state;
  enum { N = 16 };
  double omega[N * N], z[2][100], again[100];
  const struct encode_wish wish = {
      .desc = {.n = N, .k_cut = 1, .resid_mid_cut = 3, .topk_mid = 2}, .smooth_width = 3, .tau = 0.35};
  struct encode_run run = encode_run_make(&wish);
  start_noise(5, N, omega);
  static const int64_t up[] = {2, 3, N + 1}, down[] = {N + 1, 3, 2};
  encode_run_set_anchors(&run, up, 3);
  encode_run_encode(&run, omega, z[0]);
  encode_run_set_anchors(&run, down, 3);
  encode_run_encode(&run, omega, z[1]);
  const size_t kept = 2 * run.info.m + 4;
  assert_int_equal(run.info.d, kept + 6);
  assert_memory_equal(z[0], z[1], kept * sizeof(double));
  for (size_t i = 0; i < 3; i++) {
    assert_true(z[0][kept + i] == z[1][kept + 2 - i] && z[0][kept + 3 + i] == z[1][kept + 5 - i]);
  }
  encode_run_set_anchors(&run, NULL, 0);
  encode_run_encode(&run, omega, z[0]);
  assert_int_equal(run.info.d, kept);
  assert_true(z[0][kept - 1] == 0);
  encode_run_choose(&run, omega);
  encode_run_encode(&run, omega, z[0]);
  encode_run_encode(&run, omega, again);
  assert_int_equal(run.info.anchors, 2);
  assert_memory_equal(z[0], again, run.info.d * sizeof(double));
  encode_run_end(&run);
}

static void test_bad_anchors(void **state) {
  (void)state;
  const struct encode_wish wish = {
      .desc = {.n = 8, .k_cut = 1, .resid_mid_cut = 2, .topk_mid = 4}, .smooth_width = 3, .tau = 0.35};
  struct vordec_error error;
  struct encode_run run = encode_run_make(&wish);
  static const int64_t outside[] = {2, 64}, negative[] = {-1}, twice[] = {2, 16, 2}, low[] = {2, 1};
  assert_refused(vordec_encoder_set_anchors(run.encoder, outside, 2, &error), &error, VORDEC_E_INPUT,
                 "[1]: 64 is outside");
  assert_refused(vordec_encoder_set_anchors(run.encoder, negative, 1, &error), &error, VORDEC_E_INPUT,
                 "[0]: -1 is outside");
  assert_refused(vordec_encoder_set_anchors(run.encoder, twice, 3, &error), &error, VORDEC_E_INPUT,
                 "[2]: 2 is listed twice");
  assert_refused(vordec_encoder_set_anchors(run.encoder, low, 2, &error), &error, VORDEC_E_INPUT,
                 "[1]: 1 is not in the mid");
  encode_run_end(&run);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_bad_anchors), cmocka_unit_test(test_half_anchors), cmocka_unit_test(test_near_ties),
      cmocka_unit_test(test_set_anchors), cmocka_unit_test(test_ties),
  };
  if (!encode_run_possible()) return 77;
  return cmocka_run_group_tests(tests, NULL, NULL);
}
