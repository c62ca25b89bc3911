/* SPDX-License-Identifier: MIT */
/* Masks whose support lies along the rim of a grid, and those whose does not. */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mask_rim.h"

enum { N = 64, PITCH = 80, W = 11 }; /* inner: 54 x 54 of 64 x 64 */

static int8_t mask[N * PITCH];

static void fill(size_t first, size_t beyond, int8_t value) {
  for (size_t y = first; y < beyond; y++) memset(mask + y * PITCH + first, value, beyond - first);
}

static struct mask_rim measure(size_t width) {
  return mask_rim_measure(mask, N, PITCH, (struct rim_reach){width, 0});
}

static void even_support(void **state) {
  (void)state;
  memset(mask, 99, sizeof mask); /* what lies beyond the rows does not count */
  fill(0, N, -1);
  const struct mask_rim rim = measure(W);
  const double inner = 54.0 * 54.0 / (64.0 * 64.0);
  check_near(rim.area, 1.0 - inner, 1e-15);
  check_near(rim.support, 1.0 - inner, 1e-15);
  assert_int_equal(rim.depth, 5);
  assert_false(rim.crowded);
}

static void nothing(void **state) {
  (void)state;
  memset(mask, 0, sizeof mask);
  assert_false(measure(W).crowded);
  assert_true(measure(W).support == 0.0);
}

static void all_on_the_rim(void **state) {
  (void)state;
  fill(0, N, 1);
  fill(5, N - 5, 0);
  const struct mask_rim rim = measure(W);
  assert_true(rim.support == 1.0 && rim.crowded);
  for (int i = 0; i < 2; i++) { /* one cell deeper on one side is inner */
    memset(mask, 0, sizeof mask);
    mask[20 * PITCH + (i ? N - 6 : 5)] = 1;
    assert_true(measure(W).support == 0.0 && !measure(W).crowded);
  }
}

/* An even window reaches one cell further back than ahead. */
static void even_widths(void **state) {
  (void)state;
  static const struct {
    size_t x;
    bool rim;
  } cells[] = {{3, true}, {4, false}, {N - 4, false}, {N - 3, true}};
  for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
    memset(mask, 0, sizeof mask);
    mask[20 * PITCH + cells[i].x] = -1;
    check_near(measure(8).support, cells[i].rim ? 1.0 : 0.0, 0.0);
  }
}

/* Half of what the inner cells would have is the bound: here 100 cells lie in the rim, whose share is 1 - q. */
static void the_bound(void **state) {
  (void)state;
  const double q = 54.0 * 54.0 / (64.0 * 64.0);
  for (int count = 0; count < 400; count++) {
    memset(mask, 0, sizeof mask);
    for (int i = 0; i < 100; i++) mask[(i % 5) * PITCH + i % N] = 1;
    size_t rim_cells = 0;
    for (size_t i = 0; i < sizeof mask; i++) rim_cells += mask[i] != 0;
    for (int i = 0; i < count; i++) mask[(5 + i / 50) * PITCH + 5 + i % 50] = 1;
    const double inner = count / (double)(count + (int)rim_cells);
    const struct mask_rim rim = measure(W);
    check_near(rim.support, 1.0 - inner, 1e-15);
    assert_int_equal(rim.crowded, inner < 0.5 * q);
    if (rim.crowded) assert_true(rim.support > 0.5);
  }
}

/* Where the rim is most of the grid, or nothing is smoothed, its support says nothing. */
static void no_rim(void **state) {
  (void)state;
  memset(mask, 0, sizeof mask);
  mask[0] = 1;
  assert_false(measure(1).crowded);
  assert_true(measure(19).crowded);  /* 46 x 46 are 52 % */
  assert_false(measure(20).crowded); /* 45 x 45 are 49 % */
  assert_false(measure(N).crowded);
}

/* Each round of the majority carries support a cell further, the first eight at least. */
static void rounds(void **state) {
  (void)state;
  for (size_t i = 0; i < 12; i++) {
    const size_t grown = i < 8 ? i : 8;
    for (size_t out = 0; out < 2; out++) {
      memset(mask, 0, sizeof mask);
      mask[(N / 2) * PITCH + 1 + grown - out] = 1;
      const struct mask_rim rim = mask_rim_measure(mask, N, PITCH, (struct rim_reach){3, i});
      check_near(rim.support, (double)out, 0.0);
      assert_int_equal(rim.depth, 1 + grown);
      check_near(rim.area, 1.0 - pow((double)(N - 2 * (1 + grown)) / N, 2), 1e-15);
    }
  }
}

static void words(void **state) {
  (void)state;
  char text[MASK_RIM_TEXT_MAX];
  fill(0, N, 1);
  fill(5, N - 5, 0);
  const struct mask_rim rim = measure(W);
  mask_rim_text(&rim, text);
  assert_non_null(
      strstr(text, "100 % of the mask's support lie within 5 cells of the edge, which are 29 % of the grid"));
  assert_true(strlen(text) + 1 < sizeof text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(even_support), cmocka_unit_test(nothing),   cmocka_unit_test(all_on_the_rim),
      cmocka_unit_test(even_widths),  cmocka_unit_test(the_bound), cmocka_unit_test(no_rim),
      cmocka_unit_test(rounds),       cmocka_unit_test(words),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
