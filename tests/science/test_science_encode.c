#include <math.h>
#include <science/encode.h>
#include <science/start.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct encoder *make(const struct encode_desc *desc, struct encode_info *info) {
  struct vordec_error error;
  struct encoder *encoder;
  assert_ok(encoder_create(desc, &encoder, &error), &error);
  encoder_get(encoder, info);
  return encoder;
}

static struct encode_desc reference_desc(struct reference *reference) {
  return (struct encode_desc){.n = (size_t)reference_scalar(reference, "N"),
                              .k_cut = reference_scalar(reference, "k_cut"),
                              .resid_mid_cut = reference_scalar(reference, "resid_mid_cut"),
                              .topk_mid = (size_t)reference_scalar(reference, "topk_mid"),
                              .smooth_width = (uint32_t)reference_scalar(reference, "dashi_smooth_k"),
                              .tau = reference_scalar(reference, "dashi_tau"),
                              .majority_iters = 8,
                              .threads = 2};
}

static void check_reference(const char *folder) {
  struct vordec_error error;
  struct encode_info info;
  struct reference *reference = reference_open(folder, "encode");
  const struct encode_desc desc = reference_desc(reference);
  struct encoder *encoder = make(&desc, &info);
  const size_t cells = info.n * info.n, frames = reference_count(reference, "frame_steps");
  double *omega = reference_f64(reference, "omega"), *expected = reference_f64(reference, "z");
  double *sorted = reference_f64(reference, "z_frame0_sorted"), *z = test_alloc(info.d, sizeof *z);
  int64_t *anchors = reference_i64(reference, "anchor_idx"), *ascending = reference_i64(reference, "anchor_idx_sorted");
  uint8_t *mask_low = reference_bool(reference, "mask_low");
  assert_int_equal(info.d, reference_count(reference, "z_frame0_sorted"));
  assert_memory_equal(info.mask_low, mask_low, cells);

  assert_null(info.anchor_idx);
  assert_ok(encoder_encode(encoder, omega, z, &error), &error);
  encoder_get(encoder, &info);
  assert_int_equal(info.anchors, reference_count(reference, "anchor_idx"));
  assert_memory_equal(info.anchor_idx, ascending, info.anchors * sizeof *ascending);
  double largest = largest_difference(z, sorted, info.d);

  assert_ok(encoder_set_anchors(encoder, anchors, info.anchors, &error), &error);
  for (size_t i = 0; i < frames; i++) {
    assert_ok(encoder_encode(encoder, omega + i * cells, z, &error), &error);
    largest = fmax(largest, largest_difference(z, expected + i * info.d, info.d));
  }
  print_message("%s: largest difference %.2e\n", folder, largest);
  assert_at_most(largest, 1e-13);
  free(mask_low);
  free(ascending);
  free(anchors);
  free(z);
  free(sorted);
  free(expected);
  free(omega);
  encoder_destroy(encoder);
  reference_close(reference);
}

static void test_reference(void **state) {
  (void)state;
  check_reference("n64");
  check_reference("n96_even");
  check_reference("n128");
}

/* R by a sum of w * w samples a cell, zero outside the grid. */
static void naive_residual(const double *omega, long n, long width, double *residual) {
  for (long i = 0; i < n * n; i++) {
    double sum = 0;
    for (long dy = -(width / 2); dy <= (width - 1) / 2; dy++) {
      for (long dx = -(width / 2); dx <= (width - 1) / 2; dx++) {
        const long y = i / n + dy, x = i % n + dx;
        if (y >= 0 && y < n && x >= 0 && x < n) sum += omega[y * n + x];
      }
    }
    residual[i] = omega[i] - sum / (double)(width * width);
  }
}

/* The coefficient of flat index k by a direct sum. */
static void naive_coefficient(const double *field, size_t n, size_t k, double *re, double *im) {
  const double step = 2 * acos(-1.0) / (double)n;
  *re = *im = 0;
  for (size_t i = 0; i < n * n; i++) {
    const double angle = step * (double)((k / n * (i / n) + k % n * (i % n)) % n);
    *re += field[i] * cos(angle) / (double)(n * n);
    *im -= field[i] * sin(angle) / (double)(n * n);
  }
}

/* Anchors of half the modes: chosen ones can be set again, a lone one among them, and none beside its partner. */
static void test_half_anchors(void **state) {
  (void)state;
  enum { N = 16 };
  struct vordec_error error;
  struct encode_info info;
  double omega[N * N], chosen[2 * N * N], set[2 * N * N];
  int64_t anchors[N * N];
  const struct encode_desc desc = {.n = N,
                                   .k_cut = 2,
                                   .resid_mid_cut = 5,
                                   .topk_mid = 7,
                                   .modes = MODES_HALF,
                                   .smooth_width = 3,
                                   .tau = 0.35,
                                   .majority_iters = 8};
  struct encoder *encoder = make(&desc, &info);
  start_noise(N, 1, omega);
  assert_ok(encoder_encode(encoder, omega, chosen, &error), &error);
  encoder_get(encoder, &info);
  assert_int_equal(info.m, 7);       /* 13 modes */
  assert_int_equal(info.anchors, 4); /* three pairs and one alone */
  size_t alone = 0;
  for (size_t i = 0; i < info.anchors; i++) {
    anchors[i] = info.anchor_idx[i];
    alone += (size_t)anchors[i] > modes_partner(N, (size_t)anchors[i]);
  }
  assert_int_equal(alone, 1);
  assert_ok(encoder_set_anchors(encoder, anchors, info.anchors, &error), &error);
  assert_ok(encoder_encode(encoder, omega, set, &error), &error);
  assert_memory_equal(set, chosen, info.d * sizeof *set);
  anchors[1] = (int64_t)modes_partner(N, (size_t)anchors[0]);
  assert_refused(encoder_set_anchors(encoder, anchors, 2, &error), &error, VORDEC_E_INPUT, "beside its partner");
  encoder_destroy(encoder);
}

/* A whole state but for its support, from direct sums; k_cut 1, mid band up to |k| = 2. */
static void check_naive(size_t n) {
  enum { MOST = 81 };
  double omega[MOST], residual[MOST], z[4 * MOST];
  struct vordec_error error;
  struct encode_info info;
  const struct encode_desc desc = {
      .n = n, .k_cut = 1, .resid_mid_cut = 2, .topk_mid = 3, .smooth_width = 3, .tau = 0.35, .majority_iters = 8};
  struct encoder *encoder = make(&desc, &info);
  start_noise(n, n, omega);
  naive_residual(omega, (long)n, 3, residual);
  assert_ok(encoder_encode(encoder, omega, z, &error), &error);
  encoder_get(encoder, &info);
  assert_int_equal(info.m, 5);
  assert_int_equal(info.d, 2 * 5 + 4 + 2 * 3);
  double energy[2] = {0, 0};
  size_t low = 0, kept = 0, modes[2] = {0, 0};
  for (size_t k = 0; k < n * n; k++) {
    const long ky = k / n * 2 < n ? (long)(k / n) : (long)(k / n) - (long)n;
    const long kx = k % n * 2 < n ? (long)(k % n) : (long)(k % n) - (long)n;
    double re, im;
    if (ky * ky + kx * kx <= 1) {
      naive_coefficient(omega, n, k, &re, &im);
      assert_at_most(fabs(z[low] - re) + fabs(z[5 + low] - im), 1e-15);
      low++;
      continue;
    }
    naive_coefficient(residual, n, k, &re, &im);
    if (kept < info.anchors && info.anchor_idx[kept] == (int64_t)k) {
      assert_at_most(fabs(z[14 + kept] - re) + fabs(z[17 + kept] - im), 1e-15);
      kept++;
      continue;
    }
    const int band = ky * ky + kx * kx > 4;
    energy[band] += re * re + im * im;
    modes[band]++;
  }
  assert_int_equal(kept, 3);
  assert_int_equal(modes[0] + kept, info.mid_modes);
  assert_int_equal(modes[1], info.high_modes);
  assert_close(z[11], energy[0] / (double)modes[0], 1e-12);
  assert_close(z[12], energy[1] / (double)modes[1], 1e-12);
  assert_true(z[13] == 3);
  encoder_destroy(encoder);
}

static void test_naive(void **state) {
  (void)state;
  check_naive(5);
  check_naive(6);
  check_naive(8);
  check_naive(9);
}

/* Equal magnitudes are broken by the index: among all of a zero field's, and between k and -k. */
static void test_ties(void **state) {
  (void)state;
  enum { N = 16 };
  double omega[N * N] = {0};
  struct vordec_error error;
  struct encode_info info;
  struct encode_desc desc = {
      .n = N, .k_cut = 2, .resid_mid_cut = 4, .topk_mid = 5, .smooth_width = 3, .tau = 0.35, .majority_iters = 8};
  struct encoder *encoder = make(&desc, &info);
  assert_ok(encoder_choose_anchors(encoder, omega, &error), &error);
  encoder_get(encoder, &info);
  /* Row 0: kx = 3, 4, -4, -3; row 1: kx = 2. */
  const int64_t first[] = {3, 4, N - 4, N - 3, N + 2};
  assert_memory_equal(info.anchor_idx, first, sizeof first);
  encoder_destroy(encoder);

  desc.topk_mid = 1;
  static const int waves[][2] = {{3, 1}, {1, -3}, {0, 3}, {3, 0}};
  for (size_t w = 0; w < COUNT(waves); w++) {
    const int ky = waves[w][0], kx = waves[w][1];
    for (int i = 0; i < N * N; i++) omega[i] = cos(2 * acos(-1.0) / N * (ky * (i / N) + kx * (i % N)) + 0.3);
    encoder = make(&desc, &info);
    assert_ok(encoder_choose_anchors(encoder, omega, &error), &error);
    encoder_get(encoder, &info);
    const int64_t k = (ky + N) % N * N + (kx + N) % N, minus_k = (N - ky) % N * N + (N - kx) % N;
    assert_int_equal(info.anchor_idx[0], k < minus_k ? k : minus_k);
    encoder_destroy(encoder);
  }
}

/* Anchors that are set keep their order, may be none, and can be chosen anew. */
static void test_set_anchors(void **state) {
  (void)state;
  enum { N = 16 };
  double omega[N * N], z[2][100], again[100];
  struct vordec_error error;
  struct encode_info info;
  const struct encode_desc desc = {
      .n = N, .k_cut = 1, .resid_mid_cut = 3, .topk_mid = 2, .smooth_width = 3, .tau = 0.35, .majority_iters = 8};
  struct encoder *encoder = make(&desc, &info);
  start_noise(5, N, omega);
  static const int64_t up[] = {2, 3, N + 1}, down[] = {N + 1, 3, 2};
  assert_ok(encoder_set_anchors(encoder, up, 3, &error), &error);
  assert_ok(encoder_encode(encoder, omega, z[0], &error), &error);
  assert_ok(encoder_set_anchors(encoder, down, 3, &error), &error);
  assert_ok(encoder_encode(encoder, omega, z[1], &error), &error);
  encoder_get(encoder, &info);
  const size_t kept = 2 * info.m + 4;
  assert_int_equal(info.d, kept + 6);
  assert_memory_equal(z[0], z[1], kept * sizeof(double));
  for (size_t i = 0; i < 3; i++) {
    assert_true(z[0][kept + i] == z[1][kept + 2 - i] && z[0][kept + 3 + i] == z[1][kept + 5 - i]);
  }
  assert_ok(encoder_set_anchors(encoder, NULL, 0, &error), &error);
  assert_ok(encoder_encode(encoder, omega, z[0], &error), &error);
  encoder_get(encoder, &info);
  assert_int_equal(info.d, kept);
  assert_true(z[0][kept - 1] == 0);
  assert_ok(encoder_choose_anchors(encoder, omega, &error), &error);
  assert_ok(encoder_encode(encoder, omega, z[0], &error), &error);
  assert_ok(encoder_encode(encoder, omega, again, &error), &error);
  encoder_get(encoder, &info);
  assert_int_equal(info.anchors, 2);
  assert_memory_equal(z[0], again, info.d * sizeof(double));
  encoder_destroy(encoder);
}

/* The bits are those of one thread. */
static void test_threads(void **state) {
  (void)state;
  enum { N = 48 };
  double *omega = test_alloc((size_t)N * N, sizeof *omega), z[2][400] = {{0}, {0}};
  struct vordec_error error;
  struct encode_info info;
  struct encode_desc desc = {
      .n = N, .k_cut = 5, .resid_mid_cut = 8, .topk_mid = 30, .smooth_width = 7, .tau = 0.2, .majority_iters = 8};
  start_noise(9, N, omega);
  for (desc.threads = 1; desc.threads <= 4; desc.threads++) {
    struct encoder *encoder = make(&desc, &info);
    assert_true(info.d <= 400);
    assert_ok(encoder_encode(encoder, omega, z[desc.threads > 1], &error), &error);
    if (desc.threads > 1) assert_memory_equal(z[0], z[1], sizeof z[0]);
    encoder_destroy(encoder);
  }
  free(omega);
}

static void test_bad_input(void **state) {
  (void)state;
  const struct encode_desc good = {
      .n = 8, .k_cut = 1, .resid_mid_cut = 2, .topk_mid = 4, .smooth_width = 3, .tau = 0.35, .majority_iters = 8};
  struct encode_desc bad[9];
  for (size_t i = 0; i < COUNT(bad); i++) bad[i] = good;
  bad[0].n = 2;
  bad[1].k_cut = -1;
  bad[2].k_cut = NAN;
  bad[3].resid_mid_cut = 0.5;
  bad[4].smooth_width = 9;
  bad[5].smooth_width = 0;
  bad[6].smooth_kernel = VORDEC_SMOOTH_TRIANGLE;
  bad[6].smooth_width = 4;
  bad[7].tau = 0;
  bad[8].tau = 1.5;
  static const char *const named[] = {"N: 2",     "k_cut: -1", "k_cut: nan",       "resid_mid_cut: 0.5",
                                      "width: 9", "width: 0",  "width: 4 is even", "tau: 0",
                                      "tau: 1.5"};
  struct vordec_error error;
  struct encoder *encoder;
  for (size_t i = 0; i < COUNT(bad); i++) {
    assert_refused(encoder_create(&bad[i], &encoder, &error), &error, VORDEC_E_INPUT, named[i]);
    assert_null(encoder);
  }
  encoder_destroy(NULL);
  struct encode_info info;
  encoder = make(&good, &info);
  static const int64_t outside[] = {2, 64}, negative[] = {-1}, twice[] = {2, 16, 2}, low[] = {2, 1};
  assert_refused(encoder_set_anchors(encoder, outside, 2, &error), &error, VORDEC_E_INPUT, "[1]: 64 is outside");
  assert_refused(encoder_set_anchors(encoder, negative, 1, &error), &error, VORDEC_E_INPUT, "[0]: -1 is outside");
  assert_refused(encoder_set_anchors(encoder, twice, 3, &error), &error, VORDEC_E_INPUT, "[2]: 2 stands there twice");
  assert_refused(encoder_set_anchors(encoder, low, 2, &error), &error, VORDEC_E_INPUT, "[1]: 1 is not in the mid");
  double omega[64] = {0}, z[100];
  omega[9] = INFINITY;
  assert_refused(encoder_encode(encoder, omega, z, &error), &error, VORDEC_E_INPUT, "row 1, column 1");
  assert_refused(encoder_choose_anchors(encoder, omega, &error), &error, VORDEC_E_INPUT, "row 1, column 1");
  encoder_destroy(encoder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_half_anchors), cmocka_unit_test(test_reference), cmocka_unit_test(test_naive),
      cmocka_unit_test(test_threads),      cmocka_unit_test(test_ties),      cmocka_unit_test(test_set_anchors),
      cmocka_unit_test(test_bad_input),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
