/* SPDX-License-Identifier: MIT */
/*
 * How much work a submission may hold: simulated devices, on which no submission may take longer than its limit.
 */
#include "../../plugins/vulkan/gpu/grid_part.h"
#include "../../plugins/vulkan/gpu/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define LIMIT_MS 500.0

/* Does `units` units of work on a device where unit i takes ms_of(i): the longest submission, and their number. */
struct outcome {
  double longest_ms;
  unsigned submissions;
};

static struct outcome work(struct pace *pace, double (*ms_of)(uint64_t unit), double cells, uint64_t units) {
  struct outcome outcome = {0};
  for (uint64_t done = 0; done < units;) {
    const uint64_t now = pace_next(pace, pace_aim_ms(LIMIT_MS), cells, units - done);
    double ms = 0.05; /* that any submission takes */
    assert_in_range(now, 1, units - done);
    for (uint64_t i = 0; i < now; i++) ms += ms_of(done + i);
    pace_learn(pace, now, ms);
    if (ms > outcome.longest_ms) outcome.longest_ms = ms;
    done += now;
    outcome.submissions++;
  }
  return outcome;
}

static double fast(uint64_t unit) {
  (void)unit;
  return 1e-4;
}
static double slow(uint64_t unit) {
  (void)unit;
  return 1.0;
}
static double crawling(uint64_t unit) {
  (void)unit;
  return 900.0; /* longer than the limit: nothing can be done about one unit */
}
static double uneven(uint64_t unit) {
  return unit < 1000 ? 0.001 : 0.4;
}
static double no_clock(uint64_t unit) {
  (void)unit;
  return 0.0;
}

static void short_work_is_not_cut(void **state) {
  (void)state;
  struct pace pace = {0};
  assert_int_equal(work(&pace, fast, 100.0, 40000).submissions, 1); /* 4 million cells */
  assert_int_equal(work(&pace, fast, 100.0, 300000).submissions, 1);
  assert_int_equal(work(&pace, fast, 100.0, 1).submissions, 1);
  assert_int_equal(work(&pace, fast, 100.0, 300000).submissions, 1); /* a small one between changes nothing */
  struct pace late = {0};
  assert_int_equal(work(&late, fast, 100.0, 1).submissions, 1);
  assert_in_range(work(&late, fast, 100.0, 300000).submissions, 2, 8);
  assert_int_equal(work(&late, fast, 100.0, 300000).submissions, 1);
}

static void the_first_is_small(void **state) {
  (void)state;
  const struct pace pace = {0};
  assert_int_equal(pace_next(&pace, 250.0, 1.0, UINT64_MAX), PACE_FIRST_CELLS);
  assert_int_equal(pace_next(&pace, 250.0, 1024.0, UINT64_MAX), PACE_FIRST_CELLS / 1024);
  assert_int_equal(pace_next(&pace, 250.0, 1e9, 7), 1);
  assert_int_equal(pace_next(&pace, 250.0, 1024.0, 3), 3);
}

static void long_work_is_cut(void **state) {
  (void)state;
  struct pace pace = {0};
  const struct outcome first = work(&pace, slow, 65536.0, 10000); /* 10 s */
  assert_true(first.longest_ms <= LIMIT_MS);
  assert_in_range(first.submissions, 20, 60);
  const struct outcome later = work(&pace, slow, 65536.0, 10000);
  assert_true(later.longest_ms <= LIMIT_MS);
  assert_in_range(later.submissions, 40, 41); /* at the aim, half the limit */
}

static void a_unit_is_the_least(void **state) {
  (void)state;
  struct pace pace = {0};
  assert_int_equal(work(&pace, crawling, 1e8, 5).submissions, 5);
}

static void uneven_work_grows_by_steps(void **state) {
  (void)state;
  struct pace pace = {0};
  /* Cheap units first: growth alone keeps the last from taking everything. */
  const struct outcome outcome = work(&pace, uneven, 65536.0, 4096);
  assert_true(outcome.longest_ms <= 2.5 * LIMIT_MS);
  assert_true(work(&pace, uneven, 65536.0, 4096).longest_ms <= LIMIT_MS);
}

static void a_clock_that_stands_still(void **state) {
  (void)state;
  struct pace pace = {0};
  assert_true(work(&pace, no_clock, 65536.0, 1000000).submissions <= 7);
  struct pace zero = {0};
  pace_learn(&zero, 64, 0.0);
  assert_int_equal(pace_next(&zero, 250.0, 65536.0, 1000000), 64 * PACE_GROWTH);
  assert_true(pace_expect_ms(&zero, 1000) == 0.0);
}

static void slower_at_once_faster_by_and_by(void **state) {
  (void)state;
  struct pace pace = {0};
  pace_learn(&pace, 10, 10.0);
  pace_learn(&pace, 10, 40.0);
  assert_true(pace_expect_ms(&pace, 10) == 40.0);
  pace_learn(&pace, 10, 20.0);
  assert_true(pace_expect_ms(&pace, 10) == 30.0);
  pace_learn(&pace, 1000, 1000.0);
  pace_learn(&pace, 1, 0.5); /* however small: it can only have been slower than it should */
  assert_true(pace_expect_ms(&pace, 4) == 3.0);
  pace_learn(&pace, 1, 0.9);
  assert_true(pace_expect_ms(&pace, 4) == 3.0);
  pace_learn(&pace, 1, 90.0); /* nothing takes so long by itself */
  assert_true(pace_expect_ms(&pace, 4) == 360.0);
}

/* Whatever the quotas, the parts cover every workgroup once and in order. */
static void parts_cover_the_grid(void **state) {
  (void)state;
  static const struct grid grids[] = {{1, 1, 1}, {7, 1, 1}, {1, 5, 3}, {4, 3, 2}, {8, 1, 6}, {3, 4, 1}};
  for (size_t g = 0; g < sizeof grids / sizeof *grids; g++) {
    const struct grid grid = grids[g];
    for (uint64_t most = 1; most <= grid_count(grid) + 3; most++) {
      for (uint64_t at = 0; at < grid_count(grid);) {
        const struct grid_part part = grid_part_at(grid, at, most);
        assert_in_range(grid_count(part.size), 1, most);
        for (uint32_t z = 0; z < part.size.z; z++) {
          for (uint32_t y = 0; y < part.size.y; y++) {
            for (uint32_t x = 0; x < part.size.x; x++, at++) {
              const uint64_t here = ((part.base.z + z) * (uint64_t)grid.y + part.base.y + y) * grid.x + part.base.x + x;
              assert_int_equal(here, at);
            }
          }
        }
      }
    }
  }
  const struct grid large = {32768, 128, 65535};
  const struct grid_part all = grid_part_at(large, 0, UINT64_MAX);
  assert_true(grid_count(all.size) == grid_count(large));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(parts_cover_the_grid),      cmocka_unit_test(short_work_is_not_cut),
      cmocka_unit_test(the_first_is_small),        cmocka_unit_test(long_work_is_cut),
      cmocka_unit_test(a_unit_is_the_least),       cmocka_unit_test(uneven_work_grows_by_steps),
      cmocka_unit_test(a_clock_that_stands_still), cmocka_unit_test(slower_at_once_faster_by_and_by),
  };
  return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
