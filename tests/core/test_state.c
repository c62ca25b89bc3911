/* SPDX-License-Identifier: MIT */
/* Layouts and states: what is accepted, what is counted, and what is named when something is wrong. */
#include "check.h"

#include <stdlib.h>
#include <vordec/backend.h>

#include "state.h"

/* ---- a naive count ------------------------------------------------------------------------------------------------
 */

/* Integer wavenumbers in FFT order: 0, 1, .., -2, -1; for even N index N/2 is -N/2. */
static long wavenumber(size_t i, size_t n) {
  return i < (n + 1) / 2 ? (long)i : (long)i - (long)n;
}

static long length2(size_t at, size_t n) {
  const long ky = wavenumber(at / n, n), kx = wavenumber(at % n, n);
  return kx * kx + ky * ky;
}

/* Low modes |k| <= k_cut on an n x n grid; the caller frees it. */
static uint8_t *disc(size_t n, long k_cut) {
  uint8_t *mask = calloc(n, n);
  assert_non_null(mask);
  for (size_t i = 0; i < n * n; i++) mask[i] = length2(i, n) <= k_cut * k_cut;
  return mask;
}

static struct vordec_layout *make(const struct vordec_layout_desc *desc) {
  struct vordec_layout *layout = NULL;
  struct vordec_error error;
  check_ok(vordec_layout_create(desc, &layout, &error), &error);
  assert_non_null(layout);
  return layout;
}

static void counts(void **state) {
  (void)state;
  /* 75 and 150: where wavenumbers computed in floating point put 8 above 8 */
  static const size_t sizes[] = {4, 5, 8, 16, 17, 64, 75, 96, 127, 150, 167};
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    const size_t n = sizes[s];
    uint8_t *mask = disc(n, 8);
    size_t m = 0, mid = 0, high = 0;
    for (size_t i = 0; i < n * n; i++) {
      m += length2(i, n) <= 64;
      mid += length2(i, n) > 64 && length2(i, n) <= 144;
      high += length2(i, n) > 144;
    }
    struct vordec_layout *layout =
        make(&(struct vordec_layout_desc){.n = n, .mask_low = mask, .k_cut = 8, .resid_mid_cut = 12});
    struct vordec_layout_info info;
    vordec_layout_get(layout, &info);
    assert_int_equal(info.n, n);
    assert_int_equal(info.m, m);
    assert_int_equal(info.d, 2 * m + 4);
    assert_int_equal(info.mid_modes, mid);
    assert_int_equal(info.high_modes, high);
    if (n >= 64) assert_int_equal(m, 197);
    vordec_layout_destroy(layout);
    free(mask);
  }
}

/* The mask says what is low, whatever k_cut says. */
static void the_mask_decides(void **state) {
  (void)state;
  uint8_t *mask = calloc(16, 16);
  mask[0] = 1;
  mask[7 * 16 + 7] = 255; /* |k| = 9.9 */
  struct vordec_layout *layout =
      make(&(struct vordec_layout_desc){.n = 16, .mask_low = mask, .k_cut = 3, .resid_mid_cut = 1});
  struct vordec_layout_info info;
  vordec_layout_get(layout, &info);
  assert_int_equal(info.m, 2);
  assert_int_equal(info.mid_modes, 4); /* |k| = 1; k = 0 is low */
  assert_int_equal(info.high_modes, 256 - 2 - 4);
  assert_int_equal(layout->low_index[0], 0);
  assert_int_equal(layout->low_index[1], 7 * 16 + 7);
  vordec_layout_destroy(layout);
  free(mask);
}

static void most_kept(void **state) {
  (void)state;
  static const struct {
    size_t anchors;
    double cut;
    size_t mid, high, kept;
  } rows[] = {
      {0, NAN, 0, 0, 0},  {3, NAN, 0, 0, 3},
      {3, 2, 8, 51, 3},   {12, 2, 8, 51, 8},
      {3, 1, 0, 59, 0},   {3, 0, 0, 59, 0},
      {3, -4, 0, 59, 0},  {3, INFINITY, 59, 0, 3},
      {3, 1.5, 4, 55, 3}, {4, 1.4142135623730951, 4, 55, 4},
  };
  uint8_t *mask = disc(8, 1);
  int64_t anchors[12];
  for (int i = 0; i < 12; i++) anchors[i] = 63 - i;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct vordec_layout *layout = make(&(struct vordec_layout_desc){.n = 8,
                                                                     .mask_low = mask,
                                                                     .anchor_idx = rows[i].anchors ? anchors : NULL,
                                                                     .anchor_count = rows[i].anchors,
                                                                     .k_cut = 1,
                                                                     .resid_mid_cut = rows[i].cut});
    struct vordec_layout_info info;
    vordec_layout_get(layout, &info);
    assert_int_equal(info.m, 5);
    assert_int_equal(info.anchors, rows[i].anchors);
    assert_int_equal(info.d, 2 * 5 + 4 + 2 * rows[i].anchors);
    assert_int_equal(info.mid_modes, rows[i].mid);
    assert_int_equal(info.high_modes, rows[i].high);
    assert_int_equal(info.max_kept, rows[i].kept);
    for (size_t j = 0; j < rows[i].anchors; j++) assert_int_equal(layout->anchor_index[j], 63 - j);
    vordec_layout_destroy(layout);
  }
  free(mask);
}

/* ---- refusals -----------------------------------------------------------------------------------------------------
 */

static void check_refused(struct vordec_layout_desc desc, const char *says) {
  struct vordec_layout *layout = (struct vordec_layout *)&desc;
  struct vordec_error error;
  desc.resid_mid_cut = NAN;
  check_fails(vordec_layout_create(&desc, &layout, &error), &error, VORDEC_E_INPUT, says);
  assert_null(layout);
  layout = (struct vordec_layout *)&desc;
  assert_int_equal(vordec_layout_create(&desc, &layout, NULL), VORDEC_E_INPUT);
  assert_null(layout);
}

static void refused_shapes(void **state) {
  (void)state;
  uint8_t *low = disc(8, 1), *none = calloc(8, 8);
  static const size_t sizes[] = {0, 1, 3, 32769, 1000000, (size_t)1 << 32, (size_t)1 << 40, SIZE_MAX};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    char says[80];
    snprintf(says, sizeof says, "N: %zu is not a grid size (4 .. 32768)", sizes[i]);
    check_refused((struct vordec_layout_desc){.n = sizes[i], .mask_low = low}, says);
  }
  check_refused((struct vordec_layout_desc){.n = 8, .mask_low = none}, "mask_low: it marks no mode as low");

  struct vordec_layout_desc desc = {.n = 8, .mask_low = low};
  static const struct {
    int64_t anchors[4];
    size_t count;
    const char *says;
  } rows[] = {
      {{64}, 1, "anchor_idx[0]: 64 is outside the grid (0 .. 63)"},
      {{63, 5, -1}, 3, "anchor_idx[2]: -1 is outside the grid (0 .. 63)"},
      {{63, INT64_MIN}, 2, "anchor_idx[1]: -9223372036854775808 is outside"},
      {{1, ((int64_t)1 << 32) + 2}, 2, "anchor_idx[1]: 4294967298 is outside"},
      {{1, 2, 3, 1}, 4, "anchor_idx[3]: 1 is listed twice"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    desc.anchor_idx = rows[i].anchors;
    desc.anchor_count = rows[i].count;
    check_refused(desc, rows[i].says);
  }
  desc.anchor_count = 65;
  check_refused(desc, "anchor_idx: 65 entries are more than the grid has cells (64)");
  desc.anchor_count = SIZE_MAX;
  check_refused(desc, "are more than the grid has cells (64)");
  free(low);
  free(none);
}

static void finite_states(void **state) {
  (void)state;
  uint8_t *mask = disc(8, 1);
  const int64_t anchors[] = {20, 21};
  struct vordec_layout *layout = make(&(struct vordec_layout_desc){
      .n = 8, .mask_low = mask, .anchor_idx = anchors, .anchor_count = 2, .k_cut = 1, .resid_mid_cut = NAN});
  enum { D = 2 * 5 + 4 + 2 * 2 };
  static const struct {
    size_t entry;
    const char *name;
  } rows[] = {{0, "Re low"},       {4, "Re low"},        {5, "Im low"}, {9, "Im low"},      {10, "support_frac"},
              {11, "resid_mid_E"}, {12, "resid_high_E"}, {13, "K"},     {14, "kept modes"}, {17, "kept modes"}};
  double z[3 * D];
  struct vordec_error error;
  for (size_t i = 0; i < 3 * D; i++) z[i] = -1.7e308;
  check_ok(vordec_layout_check(layout, z, 3, &error), &error);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    for (size_t which = 0; which < 3; which++) {
      const size_t at = which * D + rows[i].entry;
      char says[80];
      snprintf(says, sizeof says, "z: state %zu, entry %zu (%s) is ", which, rows[i].entry, rows[i].name);
      z[at] = NAN;
      check_fails(vordec_layout_check(layout, z, 3, &error), &error, VORDEC_E_INPUT, says);
      check_line_holds(error.message, "is NaN");
      z[at] = -INFINITY;
      check_fails(vordec_layout_check(layout, z, 3, &error), &error, VORDEC_E_INPUT, says);
      check_line_holds(error.message, "is infinite");
      check_ok(vordec_layout_check(layout, z, which, &error), &error); /* the states before it */
      assert_int_equal(vordec_layout_check(layout, z, 3, NULL), VORDEC_E_INPUT);
      z[at] = 0.0;
    }
  }
  vordec_layout_destroy(layout);
  vordec_layout_destroy(NULL);
  free(mask);
}

/* K is rounded half to even and clamped. */
static void kept_count(void **state) {
  (void)state;
  static const struct {
    double k;
    uint32_t most, kept;
  } rows[] = {{127.99, 128, 128}, {0.5, 9, 0},  {1.5, 9, 2},         {2.5, 9, 2},    {102.5, 128, 102},
              {-3, 9, 0},         {-0.4, 9, 0}, {1e300, 9, 9},       {-1e300, 9, 0}, {9.4, 9, 9},
              {9.5, 9, 9},        {3, 0, 0},    {4294967296.0, 9, 9}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    assert_int_equal(vordec_kept_count(rows[i].k, rows[i].most), rows[i].kept);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(counts),        cmocka_unit_test(the_mask_decides),
                                     cmocka_unit_test(most_kept),     cmocka_unit_test(refused_shapes),
                                     cmocka_unit_test(finite_states), cmocka_unit_test(kept_count)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
