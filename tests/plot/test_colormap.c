/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "plot/colormap.h"
#include "tests/io/scratch.h"

/* CIE L* of an sRGB colour, written independently of the map's own conversion. */
static double lightness(struct rgb color) {
  const double channels[] = {color.r / 255.0, color.g / 255.0, color.b / 255.0};
  const double weights[] = {0.2126, 0.7152, 0.0722};
  double y = 0.0;
  for (int i = 0; i < 3; ++i) {
    const double c = channels[i];
    y += weights[i] * (c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
  }
  return 116.0 * cbrt(y) - 16.0; /* no colour of the map is dark enough for the linear part */
}

static void lightness_falls_evenly_to_both_sides(void **state) {
  (void)state;
  struct colormap map;
  colormap_diverging(&map);
  for (int i = -100; i <= 100; ++i) {
    const double t = i / 100.0;
    /* Bytes round L* by up to 0.4. More would mean a colour outside sRGB that was clipped. */
    assert_double_near(lightness(colormap_at(&map, t)), 97.0 - 74.0 * fabs(t), 1.0);
  }
}

static void signs_have_their_hues(void **state) {
  (void)state;
  struct colormap map;
  colormap_diverging(&map);
  for (int i = 1; i <= 100; ++i) {
    const struct rgb cold = colormap_at(&map, -i / 100.0), warm = colormap_at(&map, i / 100.0);
    assert_true(cold.b >= cold.g && cold.g >= cold.r);
    assert_true(warm.r >= warm.g && warm.r >= warm.b);
  }
  const struct rgb zero = colormap_at(&map, 0.0);
  assert_true(zero.r == zero.g && zero.g == zero.b && zero.r > 240);
}

static bool same(struct rgb a, struct rgb b) {
  return a.r == b.r && a.g == b.g && a.b == b.b;
}

static void values_outside_get_the_ends(void **state) {
  (void)state;
  struct colormap map;
  colormap_diverging(&map);
  assert_true(same(colormap_at(&map, 7.0), colormap_at(&map, 1.0)));
  assert_true(same(colormap_at(&map, INFINITY), colormap_at(&map, 1.0)));
  assert_true(same(colormap_at(&map, -INFINITY), colormap_at(&map, -1.0)));
  assert_true(same(colormap_at(&map, NAN), colormap_invalid()));
}

static void mask_colors_differ(void **state) {
  (void)state;
  for (int i = -1; i <= 2; ++i) {
    for (int j = -1; j < i; ++j) assert_false(same(colormap_mask(i), colormap_mask(j)));
  }
  assert_true(same(colormap_mask(2), colormap_invalid()));
  assert_true(same(colormap_mask(-128), colormap_invalid()));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lightness_falls_evenly_to_both_sides),
      cmocka_unit_test(signs_have_their_hues),
      cmocka_unit_test(values_outside_get_the_ends),
      cmocka_unit_test(mask_colors_differ),
  };
  return cmocka_run_group_tests_name("colormap", tests, NULL, NULL);
}
