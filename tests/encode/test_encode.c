/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <science/start.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "encode_run.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void check_reference(const char *folder) {
  struct reference *reference = reference_open(folder, "encode");
  const struct encode_wish wish = encode_run_reference(reference);
  struct encode_run run = encode_run_make(&wish);
  const size_t cells = run.info.n * run.info.n, frames = reference_count(reference, "frame_steps");
  double *omega = reference_f64(reference, "omega"), *expected = reference_f64(reference, "z");
  double *sorted = reference_f64(reference, "z_frame0_sorted"), *z = test_alloc(run.info.d, sizeof *z);
  int64_t *anchors = reference_i64(reference, "anchor_idx"), *ascending = reference_i64(reference, "anchor_idx_sorted");
  uint8_t *mask_low = reference_bool(reference, "mask_low");
  assert_int_equal(run.info.d, reference_count(reference, "z_frame0_sorted"));
  assert_memory_equal(run.info.mask_low, mask_low, cells);

  assert_null(run.info.anchor_idx);
  encode_run_encode(&run, omega, z);
  assert_int_equal(run.info.anchors, reference_count(reference, "anchor_idx"));
  assert_memory_equal(run.info.anchor_idx, ascending, run.info.anchors * sizeof *ascending);
  double largest = largest_difference(z, sorted, run.info.d);

  encode_run_set_anchors(&run, anchors, run.info.anchors);
  for (size_t i = 0; i < frames; i++) {
    encode_run_encode(&run, omega + i * cells, z);
    largest = fmax(largest, largest_difference(z, expected + i * run.info.d, run.info.d));
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
  encode_run_end(&run);
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

/* A whole state but for its support, from direct sums; k_cut 1, mid band up to |k| = 2. */
static void check_naive(size_t n) {
  enum { MOST = 81 };
  double omega[MOST], residual[MOST], z[4 * MOST];
  const struct encode_wish wish = {
      .desc = {.n = n, .k_cut = 1, .resid_mid_cut = 2, .topk_mid = 3}, .smooth_width = 3, .tau = 0.35};
  struct encode_run run = encode_run_make(&wish);
  start_noise(n, n, omega);
  naive_residual(omega, (long)n, 3, residual);
  encode_run_encode(&run, omega, z);
  assert_int_equal(run.info.m, 5);
  assert_int_equal(run.info.d, 2 * 5 + 4 + 2 * 3);
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
    if (kept < run.info.anchors && run.info.anchor_idx[kept] == (int64_t)k) {
      assert_at_most(fabs(z[14 + kept] - re) + fabs(z[17 + kept] - im), 1e-15);
      kept++;
      continue;
    }
    const int band = ky * ky + kx * kx > 4;
    energy[band] += re * re + im * im;
    modes[band]++;
  }
  assert_int_equal(kept, 3);
  assert_int_equal(modes[0] + kept, run.info.mid_modes);
  assert_int_equal(modes[1], run.info.high_modes);
  assert_close(z[11], energy[0] / (double)modes[0], 1e-12);
  assert_close(z[12], energy[1] / (double)modes[1], 1e-12);
  assert_true(z[13] == 3);
  encode_run_end(&run);
}

static void test_naive(void **state) {
  (void)state;
  check_naive(5);
  check_naive(6);
  check_naive(8);
  check_naive(9);
}

/* The bits are those of one thread. */
static void test_threads(void **state) {
  (void)state;
  enum { N = 48 };
  double *omega = test_alloc((size_t)N * N, sizeof *omega), z[2][400] = {{0}, {0}};
  struct encode_wish wish = {
      .desc = {.n = N, .k_cut = 5, .resid_mid_cut = 8, .topk_mid = 30}, .smooth_width = 7, .tau = 0.2};
  start_noise(9, N, omega);
  for (wish.threads = 1; wish.threads <= 4; wish.threads++) {
    struct encode_run run = encode_run_make(&wish);
    assert_true(run.info.d <= 400);
    encode_run_encode(&run, omega, z[wish.threads > 1]);
    if (wish.threads > 1) assert_memory_equal(z[0], z[1], sizeof z[0]);
    encode_run_end(&run);
  }
  free(omega);
}

static void test_bad_input(void **state) {
  (void)state;
  const struct encode_wish good = {
      .desc = {.n = 8, .k_cut = 1, .resid_mid_cut = 2, .topk_mid = 4}, .smooth_width = 3, .tau = 0.35};
  struct encode_wish bad[7];
  for (size_t i = 0; i < COUNT(bad); i++) bad[i] = good;
  bad[0].desc.n = 2;
  bad[1].desc.k_cut = -1;
  bad[2].desc.k_cut = NAN;
  bad[3].desc.resid_mid_cut = 0.5;
  bad[4].desc.modes = (enum vordec_modes)2;
  bad[5].smooth_width = 9;
  bad[6].smooth_kernel = VORDEC_SMOOTH_TRIANGLE;
  bad[6].smooth_width = 4;
  static const char *const named[] = {"N: 2",
                                      "k_cut: -1",
                                      "k_cut: nan",
                                      "resid_mid_cut: 0.5",
                                      "modes: 2",
                                      "smooth_width = 9",
                                      "smooth_width = 4 is even"};
  struct vordec_error error;
  struct encode_run run;
  for (size_t i = 0; i < COUNT(bad); i++) {
    const enum vordec_status expected = i < 5 ? VORDEC_E_INPUT : VORDEC_E_CONFIG;
    assert_refused(encode_run_try(&bad[i], &run, &error), &error, expected, named[i]);
    assert_null(run.encoder);
  }
  vordec_encoder_destroy(NULL);
  run = encode_run_make(&good);
  double omega[128] = {0}, z[100];
  omega[73] = INFINITY;
  struct vordec_encode_io io = {.count = 2, .omega = omega, .z = z};
  assert_refused(vordec_encode(run.encoder, &io, NULL, &error), &error, VORDEC_E_INPUT,
                 "vorticity[1]: not finite at row 1, column 1");
  io.omega = omega + 64;
  assert_refused(vordec_encoder_choose_anchors(run.encoder, &io, &error), &error, VORDEC_E_INPUT,
                 "vorticity: not finite at row 1, column 1");
  io.omega = NULL;
  assert_refused(vordec_encode(run.encoder, &io, NULL, &error), &error, VORDEC_E_USAGE, "either omega or a simulation");
  io.omega = omega;
  io.count = 0;
  assert_refused(vordec_encode(run.encoder, &io, NULL, &error), &error, VORDEC_E_USAGE, "0 fields");
  for (size_t i = 0; i < 64; i++) omega[i] = i % 3 ? 1e200 : -1e200;
  io.count = 1;
  assert_refused(vordec_encode(run.encoder, &io, NULL, &error), &error, VORDEC_E_INPUT, "overflows fp64");
  encode_run_end(&run);
}

/* A field has the bits that it has alone, whatever the batches are, and however many there are. */
static void test_batches(void **state) {
  (void)state;
  enum { N = 20, CELLS = N * N, FIELDS = 5 };
  struct vordec_error error;
  struct encode_wish wish = {
      .desc = {.n = N, .k_cut = 3, .resid_mid_cut = 5, .topk_mid = 9, .modes = VORDEC_MODES_HALF}};
  double *omega = test_alloc(FIELDS * CELLS, sizeof *omega), *alone = NULL;
  int8_t *mask = test_alloc(FIELDS * CELLS, 1), *mask_alone = test_alloc(FIELDS * CELLS, 1);
  for (uint32_t i = 0; i < FIELDS; i++) start_noise(i, N, omega + i * CELLS);
  for (wish.desc.batch = 1; wish.desc.batch <= FIELDS + 1; wish.desc.batch++) {
    struct encode_run run = encode_run_make(&wish);
    assert_int_equal(run.info.batch, wish.desc.batch);
    double *z = test_alloc(FIELDS * run.info.d, sizeof *z);
    struct vordec_encode_io io = {.count = FIELDS, .omega = omega, .z = z, .mask = mask};
    assert_ok(vordec_encode(run.encoder, &io, NULL, &error), &error);
    encode_run_look(&run);
    if (!alone) {
      alone = test_alloc(FIELDS * run.info.d, sizeof *alone);
      for (size_t i = 0; i < FIELDS; i++) {
        io = (struct vordec_encode_io){
            .count = 1, .omega = omega + i * CELLS, .z = alone + i * run.info.d, .mask = mask_alone + i * CELLS};
        assert_ok(vordec_encode(run.encoder, &io, NULL, &error), &error);
      }
    }
    assert_memory_equal(z, alone, FIELDS * run.info.d * sizeof *z);
    assert_memory_equal(mask, mask_alone, FIELDS * CELLS);
    for (size_t i = 0; i < FIELDS; i++) {
      size_t support = 0;
      for (size_t cell = 0; cell < CELLS; cell++) support += mask[i * CELLS + cell] != 0;
      assert_close(z[i * run.info.d + 2 * run.info.m], (double)support / CELLS, 1e-15);
    }
    free(z);
    encode_run_end(&run);
  }
  free(mask_alone);
  free(mask);
  free(alone);
  free(omega);
}

/* Members of a simulation where they are: the states of what they read as. */
static void test_simulation(void **state) {
  (void)state;
  enum { N = 24, CELLS = N * N, MEMBERS = 3 };
  struct vordec_error error;
  const struct encode_wish wish = {.desc = {.n = N, .batch = 2, .k_cut = 3, .resid_mid_cut = 5, .topk_mid = 8},
                                   .boundary = VORDEC_BOUNDARY_PERIODIC};
  struct encode_run run = encode_run_make(&wish);
  const struct vordec_simulation_desc les = {.n = N, .members = MEMBERS, .dt = 0.01, .nu0 = 1e-3, .cs = 0.1};
  struct vordec_simulation *simulation;
  assert_ok(vordec_simulation_create(run.runtime, NULL, &les, &simulation, &error), &error);
  struct vordec_encoder *beside;
  assert_ok(vordec_encoder_create(run.runtime, NULL, simulation, &wish.desc, &beside, &error), &error);
  double *omega = test_alloc(MEMBERS * CELLS, sizeof *omega), *z = test_alloc(2 * MEMBERS * run.info.d, sizeof *z);
  double *other = z + MEMBERS * run.info.d;
  struct vordec_encode_io from_members = {.count = MEMBERS, .simulation = simulation, .z = z};
  assert_refused(vordec_encode(beside, &from_members, NULL, &error), &error, VORDEC_E_USAGE, "holds no field");
  for (uint32_t i = 0; i < MEMBERS; i++) {
    start_noise(i, N, omega);
    assert_ok(vordec_simulation_set(simulation, i, omega, 0, &error), &error);
  }
  assert_ok(vordec_simulation_advance(simulation, 3, NULL, &error), &error);
  for (size_t i = 0; i < MEMBERS; i++) {
    assert_ok(vordec_simulation_read(simulation, i, omega + i * CELLS, &error), &error);
  }
  struct vordec_encode_report report;
  assert_ok(vordec_encode(beside, &from_members, &report, &error), &error);
  assert_true(report.in_place);
  const struct vordec_encode_io from_host = {.count = MEMBERS, .omega = omega, .z = other};
  assert_ok(vordec_encode(run.encoder, &from_host, &report, &error), &error);
  assert_false(report.in_place);
  assert_memory_equal(z, other, MEMBERS * run.info.d * sizeof *z);
  /* Another session has to read them first. */
  from_members.first_member = 1;
  from_members.count = 2;
  assert_ok(vordec_encode(run.encoder, &from_members, &report, &error), &error);
  assert_false(report.in_place);
  assert_memory_equal(z, other + run.info.d, 2 * run.info.d * sizeof *z);
  /* It goes on as if nobody had looked. */
  assert_ok(vordec_simulation_advance(simulation, 2, NULL, &error), &error);
  from_members.count = 3;
  assert_refused(vordec_encode(beside, &from_members, NULL, &error), &error, VORDEC_E_USAGE,
                 "3 members from member 1 on");
  from_members.first_member = 7;
  assert_refused(vordec_encode(beside, &from_members, NULL, &error), &error, VORDEC_E_USAGE, "member 7");
  vordec_encoder_destroy(beside);
  vordec_simulation_destroy(simulation);
  free(z);
  free(omega);
  encode_run_end(&run);
}

/* The high band's energy where R has little there: waves of amplitude 1 in the mid band, of `small` beyond it, and a
 * boundary that wraps, so that smoothing multiplies each wave by a number. */
static void check_little_high(size_t n, double small) {
  const double step = 2 * acos(-1.0) / (double)n;
  const int width = 3, mid[] = {3, 4}, high[] = {5, 9};
  struct encode_wish wish = {.desc = {.n = n, .k_cut = 2, .resid_mid_cut = 6, .topk_mid = 0},
                             .smooth_width = (uint32_t)width,
                             .boundary = VORDEC_BOUNDARY_PERIODIC};
  struct encode_run run = encode_run_make(&wish);
  double *omega = test_alloc(n * n, sizeof *omega), *z = test_alloc(run.info.d, sizeof *z);
  for (size_t i = 0; i < n * n; i++) {
    const double y = step * (double)(i / n), x = step * (double)(i % n);
    omega[i] = cos(mid[0] * y + mid[1] * x + 0.2) + small * cos(high[0] * y - high[1] * x + 0.7) + 0.5 * cos(x);
  }
  encode_run_encode(&run, omega, z);
  double left[2];
  for (int i = 0; i < 2; i++) {
    const int *k = i ? high : mid;
    const double along_y = (1 + 2 * cos(step * k[0])) / width, along_x = (1 + 2 * cos(step * k[1])) / width;
    left[i] = (1 - along_y * along_x) * (i ? small : 1);
  }
  assert_close(z[2 * run.info.m + 1], 0.5 * left[0] * left[0] / (double)run.info.mid_modes, 1e-12);
  assert_close(z[2 * run.info.m + 2], 0.5 * left[1] * left[1] / (double)run.info.high_modes,
               small < 1e-3 ? 1e-9 : 1e-12);
  free(z);
  free(omega);
  encode_run_end(&run);
}

static void test_little_high(void **state) {
  (void)state;
  static const size_t sizes[] = {32, 33, 48};
  for (size_t i = 0; i < COUNT(sizes); i++) {
    check_little_high(sizes[i], 1);
    check_little_high(sizes[i], 0.03);
    check_little_high(sizes[i], 1e-6);
  }
}

/* What auto means for new states. */
static void test_auto(void **state) {
  (void)state;
  static const struct {
    size_t n;
    uint32_t width, rounds;
  } rows[] = {{4, 3, 8}, {64, 5, 8}, {128, 11, 8}, {256, 23, 16}, {512, 45, 32}};
  for (size_t i = 0; i < COUNT(rows); i++) {
    const struct encode_wish wish = {.desc = {.n = rows[i].n, .k_cut = 1, .resid_mid_cut = 1}};
    struct encode_run run = encode_run_make(&wish);
    assert_int_equal(run.info.smooth_width, rows[i].width);
    assert_int_equal(run.info.majority_iters, rows[i].rounds);
    assert_true(run.info.tau == 0.35);
    encode_run_end(&run);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_auto),        cmocka_unit_test(test_bad_input), cmocka_unit_test(test_batches),
      cmocka_unit_test(test_little_high), cmocka_unit_test(test_naive),     cmocka_unit_test(test_reference),
      cmocka_unit_test(test_simulation),  cmocka_unit_test(test_threads),
  };
  if (!encode_run_possible()) return 77;
  return cmocka_run_group_tests(tests, NULL, NULL);
}
