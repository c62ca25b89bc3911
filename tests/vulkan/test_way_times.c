/* SPDX-License-Identifier: MIT */
/* Which way of taking steps is chosen by times that are as a device gives them: with outliers, and with a clock that
 * rises. */
#include "../../plugins/vulkan/simulate/way_times.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define COUNT(array) (uint32_t)(sizeof(array) / sizeof *(array))

static void medians(void **state) {
  (void)state;
  static const double list[] = {3, 100, 1, 2, 4};
  static const double after[] = {3, 51.5, 3, 2.5, 3}; /* with each further one */
  struct way_times times = {.count = {0}};
  assert_true(isinf(way_times_median(&times, 1)));
  for (uint32_t i = 0; i < COUNT(list); i++) {
    way_times_add(&times, 1, list[i]);
    assert_true(way_times_median(&times, 1) == after[i]);
  }
  assert_true(isinf(way_times_median(&times, 0)));
  for (uint32_t i = 0; i < 2 * WAY_TIMES_MAX; i++) way_times_add(&times, 3, 7);
  assert_true(way_times_median(&times, 3) == 7);
}

static void best(void **state) {
  (void)state;
  static const struct {
    double ms[SIMULATION_WAYS];
    uint32_t best;
  } cases[] = {
      {{4, 3, 2, 1}, 3},
      {{1, 2, 3, 4}, 0},
      {{INFINITY, 1.005, 1.0, 1.02}, 1}, /* as fast as the third */
      {{1.02, 1.009, 1.0, 1.0}, 1},
      {{INFINITY, INFINITY, 0.5, 0.6}, 2},
      {{INFINITY, INFINITY, INFINITY, INFINITY}, SIMULATION_WAYS - 1},
  };
  for (uint32_t i = 0; i < COUNT(cases); i++) assert_int_equal(way_times_best(cases[i].ms), cases[i].best);
}

/* A clock from 345 to 1980 MHz in steps, then the same time give or take a percent. */
static void clocks(void **state) {
  (void)state;
  static const double risen[] = {5.7, 5.7, 4.0, 2.9, 2.1, 1.5, 1.1, 1.0, 1.01, 0.99, 1.0, 1.01};
  for (uint32_t i = 0; i < COUNT(risen); i++) {
    assert_int_equal(clock_has_settled(risen, i), i >= 12);
  }
  assert_true(clock_has_settled(risen, COUNT(risen)));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(medians), cmocka_unit_test(best), cmocka_unit_test(clocks)};
  return cmocka_run_group_tests_name("times of ways", tests, NULL, NULL);
}
