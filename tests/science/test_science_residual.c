#include <math.h>
#include <science/philox.h>
#include <science/residual.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct fixture {
  struct reference *decode, *residual;
  size_t n;
  double *z;
  uint8_t *mask_low;
  int64_t *anchor_idx;
  struct residual *plan;
  double *field[RESIDUAL_BANDS];
};

static void fixture_open(struct fixture *fixture, const char *folder, const char *suffix, uint64_t seed) {
  char name[64];
  snprintf(name, sizeof name, "decode%s", suffix);
  fixture->decode = reference_open(folder, name);
  snprintf(name, sizeof name, "residual%s", suffix);
  fixture->residual = reference_open(folder, name);
  fixture->n = (size_t)reference_scalar(fixture->decode, "N");
  fixture->z = reference_f64(fixture->decode, "z");
  fixture->mask_low = reference_bool(fixture->decode, "mask_low");
  fixture->anchor_idx = reference_i64(fixture->decode, "anchor_idx");
  const struct residual_desc desc = {.n = fixture->n,
                                     .mask_low = fixture->mask_low,
                                     .anchor_idx = fixture->anchor_idx,
                                     .anchor_count = reference_count(fixture->decode, "anchor_idx"),
                                     .resid_mid_cut = reference_scalar(fixture->decode, "resid_mid_cut"),
                                     .seed = seed};
  struct vordec_error error;
  assert_ok(residual_create(&desc, &fixture->plan, &error), &error);
  for (int band = 0; band < RESIDUAL_BANDS; band++) {
    fixture->field[band] = test_alloc(fixture->n * fixture->n, sizeof(double));
  }
}

static void fixture_close(struct fixture *fixture) {
  residual_destroy(fixture->plan);
  for (int band = 0; band < RESIDUAL_BANDS; band++) free(fixture->field[band]);
  free(fixture->anchor_idx);
  free(fixture->mask_low);
  free(fixture->z);
  reference_close(fixture->residual);
  reference_close(fixture->decode);
}

/* Gates and scales a field as a backend does; returns mean(r^2) of the gated field, and its gain. */
static double gate_and_scale(double *field, const int64_t *mask, size_t cells, double energy, double *gain) {
  double squares = 0;
  for (size_t i = 0; i < cells; i++) {
    if (mask[i] == 0) field[i] = 0;
    squares += field[i] * field[i];
  }
  const double variance = squares / (double)cells;
  *gain = variance <= 1e-30 ? 1 : sqrt(energy / variance);
  for (size_t i = 0; i < cells; i++) field[i] *= *gain;
  return variance;
}

static void check_case(const char *folder, const char *suffix) {
  static const char *const phase_key[] = {"phases_mid", "phases_high"}, *const field_key[] = {"r_mid", "r_high"};
  static const char *const count_key[] = {"n_mid", "n_high"}, *const target_key[] = {"target_mid_E", "target_high_E"};
  static const char *const gain_key[] = {"mid_gain", "high_gain"}, *const var_key[] = {"mid_var", "high_var"};
  struct fixture fixture;
  fixture_open(&fixture, folder, suffix, 0);
  const size_t cells = fixture.n * fixture.n;
  double *phases[RESIDUAL_BANDS];
  const double *given[RESIDUAL_BANDS] = {NULL, NULL};
  for (int band = 0; band < RESIDUAL_BANDS; band++) {
    phases[band] = reference_f64(fixture.residual, phase_key[band]);
    if (reference_count(fixture.residual, phase_key[band]) == cells) given[band] = phases[band];
  }
  struct residual_targets targets;
  residual_synthesise(fixture.plan, fixture.z, 0, given, fixture.field, &targets);
  assert_int_equal(targets.kept, (size_t)reference_scalar(fixture.residual, "k_keep"));
  int64_t *mask = reference_i64(fixture.decode, "s_final");
  for (int band = 0; band < RESIDUAL_BANDS; band++) {
    assert_int_equal(targets.modes[band], (size_t)reference_scalar(fixture.residual, count_key[band]));
    assert_close(targets.target[band], reference_scalar(fixture.residual, target_key[band]), 0);
    double *expected = reference_f64(fixture.residual, field_key[band]);
    double gain;
    const double variance = gate_and_scale(fixture.field[band], mask, cells, targets.energy[band], &gain);
    const double difference = largest_difference(fixture.field[band], expected, cells);
    print_message("%s%s band %d: %zu modes, largest difference %.2e\n", folder, suffix, band, targets.modes[band],
                  difference);
    assert_at_most(difference, 1e-11);
    if (targets.energy[band] > 0) {
      assert_close(variance, reference_scalar(fixture.residual, var_key[band]), 1e-12);
      assert_close(gain, reference_scalar(fixture.residual, gain_key[band]), 1e-12);
    }
    free(expected);
    free(phases[band]);
  }
  free(mask);
  fixture_close(&fixture);
}

static void test_reference(void **state) {
  static const char *const cases[][2] = {{"n64", ""},          {"n64", "_t10"}, {"n64", "_skew"}, {"n96_even", ""},
                                         {"n96_even", "_t10"}, {"n128", ""},    {"n128", "_t10"}};
  (void)state;
  for (size_t i = 0; i < COUNT(cases); i++) check_case(cases[i][0], cases[i][1]);
}

/* Two fields alternately from one object do not disturb each other, and the counter alone decides the bits. */
static void test_repeats(void **state) {
  (void)state;
  struct fixture fixture;
  fixture_open(&fixture, "n64", "", 12345);
  const size_t cells = fixture.n * fixture.n;
  double *other[RESIDUAL_BANDS] = {test_alloc(cells, sizeof(double)), test_alloc(cells, sizeof(double))};
  struct residual_targets targets;
  residual_synthesise(fixture.plan, fixture.z, 3, NULL, fixture.field, &targets);
  residual_synthesise(fixture.plan, fixture.z, 4, NULL, other, &targets);
  assert_true(memcmp(other[0], fixture.field[0], cells * sizeof(double)) != 0);
  residual_synthesise(fixture.plan, fixture.z, 3, NULL, other, &targets);
  for (int band = 0; band < RESIDUAL_BANDS; band++) {
    assert_memory_equal(other[band], fixture.field[band], cells * sizeof(double));
    free(other[band]);
  }
  fixture_close(&fixture);
}

/* Drawn phases and threads: the bits are those of one thread. */
static void test_threads(void **state) {
  (void)state;
  enum { N = 33, CELLS = N * N };
  uint8_t mask_low[CELLS] = {1};
  const double z[6] = {0, 0, 0.5, 1e-3, 1e-4, 0};
  double first[2][CELLS], other[2][CELLS];
  for (uint32_t threads = 1; threads <= 4; threads++) {
    const struct residual_desc desc = {.n = N, .mask_low = mask_low, .resid_mid_cut = 6, .seed = 5, .threads = threads};
    double *const field[] = {threads == 1 ? first[0] : other[0], threads == 1 ? first[1] : other[1]};
    struct vordec_error error;
    struct residual *plan;
    struct residual_targets targets;
    assert_ok(residual_create(&desc, &plan, &error), &error);
    residual_synthesise(plan, z, 1, NULL, field, &targets);
    if (threads > 1) assert_memory_equal(first, other, sizeof first);
    residual_destroy(plan);
  }
}

/* A 5 x 5 or 4 x 4 grid worked out by direct sums over the full spectrum. */
static void check_direct(size_t n) {
  enum { MOST = 25 };
  uint8_t mask_low[MOST] = {1};
  const int64_t anchors[] = {1, (int64_t)n + 1, (int64_t)n}; /* (0, 1), (1, 1), (1, 0): |k| = 1, sqrt 2, 1 */
  const struct residual_desc desc = {
      .n = n, .mask_low = mask_low, .anchor_idx = anchors, .anchor_count = 3, .resid_mid_cut = 1.0, .seed = 99};
  double z[2 + 4 + 6] = {0.5, 0, 0.1, 0.25, 0.0625, 1.6}; /* K = 2, so the anchor (1, 0) is not kept */
  struct vordec_error error;
  struct residual *plan;
  assert_ok(residual_create(&desc, &plan, &error), &error);
  double mid[MOST], high[MOST], *const field[] = {mid, high};
  struct residual_targets targets;
  residual_synthesise(plan, z, 7, NULL, field, &targets);
  assert_int_equal(targets.kept, 2);
  assert_int_equal(targets.modes[RESIDUAL_MID], 3); /* four modes with |k| = 1, one of them kept */
  assert_int_equal(targets.modes[RESIDUAL_HIGH], n * n - 5);
  assert_close(targets.energy[RESIDUAL_MID], 0.75, 1e-15);
  const double step = 2 * acos(-1.0) / (double)n;
  for (size_t at = 0; at < n * n; at++) {
    double expected[RESIDUAL_BANDS] = {0, 0};
    for (size_t k = 1; k < n * n; k++) {
      const size_t iy = k / n, ix = k % n;
      const bool one = (iy == 0 && (ix == 1 || ix == n - 1)) || (ix == 0 && (iy == 1 || iy == n - 1));
      if (k == 1) continue;
      const int band = one ? RESIDUAL_MID : RESIDUAL_HIGH;
      const double angle = step * (double)(iy * (at / n) + ix * (at % n));
      expected[band] += (one ? 0.5 : 0.25) * cos(angle + philox_phase(99, (uint32_t)k, 7, (uint32_t)band));
    }
    assert_at_most(fabs(mid[at] - expected[RESIDUAL_MID]), 1e-14);
    assert_at_most(fabs(high[at] - expected[RESIDUAL_HIGH]), 1e-14);
  }
  residual_destroy(plan);
}

static void test_direct_sums(void **state) {
  (void)state;
  check_direct(4);
  check_direct(5);
}

static void test_empty_bands(void **state) {
  (void)state;
  struct fixture fixture;
  fixture_open(&fixture, "n64", "", 1);
  const size_t cells = fixture.n * fixture.n, m = (size_t)reference_scalar(fixture.decode, "M");
  fixture.z[2 * m + 1] = 0;
  fixture.z[2 * m + 2] = -1e-3;
  for (size_t i = 0; i < cells; i++) fixture.field[RESIDUAL_MID][i] = fixture.field[RESIDUAL_HIGH][i] = NAN;
  struct residual_targets targets;
  residual_synthesise(fixture.plan, fixture.z, 0, NULL, fixture.field, &targets);
  for (int band = 0; band < RESIDUAL_BANDS; band++) {
    assert_true(targets.energy[band] == 0);
    for (size_t i = 0; i < cells; i++) assert_true(fixture.field[band][i] == 0);
  }
  double *const only_high[] = {NULL, fixture.field[RESIDUAL_HIGH]};
  fixture.field[RESIDUAL_MID][5] = 42;
  residual_synthesise(fixture.plan, fixture.z, 0, NULL, only_high, &targets);
  assert_true(fixture.field[RESIDUAL_MID][5] == 42);
  fixture_close(&fixture);
}

static void test_bad_cut(void **state) {
  (void)state;
  const uint8_t mask_low[16] = {1};
  struct residual_desc desc = {.n = 4, .mask_low = mask_low, .resid_mid_cut = NAN};
  struct vordec_error error;
  struct residual *plan = NULL;
  assert_refused(residual_create(&desc, &plan, &error), &error, VORDEC_E_INPUT, "resid_mid_cut");
  desc.resid_mid_cut = -1;
  assert_refused(residual_create(&desc, &plan, &error), &error, VORDEC_E_INPUT, "resid_mid_cut");
  assert_null(plan);
  residual_destroy(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_reference),   cmocka_unit_test(test_repeats),     cmocka_unit_test(test_threads),
      cmocka_unit_test(test_direct_sums), cmocka_unit_test(test_empty_bands), cmocka_unit_test(test_bad_cut),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
