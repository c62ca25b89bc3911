/* SPDX-License-Identifier: MIT */
#include <float.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "plot/axis.h"
#include "tests/io/scratch.h"

#define MINUS "\u2212"

/* The labels of all major ticks, with a space between them. */
static void labels_of(const struct axis *axis, size_t wanted, char *text, size_t size) {
  struct axis_tick ticks[AXIS_MAX_TICKS];
  const size_t count = axis_ticks(axis, wanted, ticks);
  size_t used = 0, labels = 0;
  text[0] = '\0';
  for (size_t i = 0; i < count; ++i) {
    assert_true(ticks[i].at >= 0.0 && ticks[i].at <= 1.0);
    assert_true(i == 0 || ticks[i].at > ticks[i - 1].at);
    if (!ticks[i].label[0]) continue;
    used += (size_t)snprintf(text + used, size - used, "%s%s", labels++ ? " " : "", ticks[i].label);
    assert_true(used < size);
  }
  assert_true(labels <= wanted + 1);
}

static void linear_ticks_are_round(void **state) {
  (void)state;
  static const struct {
    double lo, hi;
    size_t wanted;
    const char *labels;
    int exponent;
  } cases[] = {
      {0.0, 1.0, 5, "0.0 0.2 0.4 0.6 0.8 1.0", 0},
      {0.0, 1.0, 4, "0.00 0.25 0.50 0.75 1.00", 0},
      {-1.0, 1.0, 5, MINUS "1.0 " MINUS "0.5 0.0 0.5 1.0", 0},
      {-3.56, 3.56, 8, MINUS "3 " MINUS "2 " MINUS "1 0 1 2 3", 0},
      {0.0, 9999.0, 5, "0 2000 4000 6000 8000", 0},
      {0.0, 40.0, 4, "0 10 20 30 40", 0},
      {0.0, 20000.0, 4, "0.0 0.5 1.0 1.5 2.0", 4},
      {-3e-5, 3e-5, 6, MINUS "3 " MINUS "2 " MINUS "1 0 1 2 3", -5},
      {5.0, 5.0, 4, "4.50 4.75 5.00 5.25 5.50", 0},
      {0.0, 0.0, 4, MINUS "1.0 " MINUS "0.5 0.0 0.5 1.0", 0},
      {NAN, 1.0, 4, MINUS "1.0 " MINUS "0.5 0.0 0.5 1.0", 0},
      {100.0, 101.0, 2, "100.0 100.5 101.0", 0},
      {-DBL_MAX, DBL_MAX, 4, MINUS "1 0 1", 308},
      {-5e-320, 5e-320, 4, MINUS "2.5 0.0 2.5", -320},
      {1.0, 1.0 + DBL_EPSILON, 4, "", 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    char text[512];
    const struct axis axis = axis_linear(cases[i].lo, cases[i].hi);
    labels_of(&axis, cases[i].wanted, text, sizeof text);
    if (strcmp(text, cases[i].labels) != 0) fail_msg("case %zu: '%s', not '%s'", i, text, cases[i].labels);
    assert_int_equal(axis.exponent, cases[i].exponent);
  }
}

static void log_ticks_are_decades(void **state) {
  (void)state;
  static const struct {
    double lo, hi;
    const char *labels;
    size_t count;
  } cases[] = {
      {1.0, 100.0, "10\u2070 10\u00b9 10\u00b2", 3 + 16},
      {0.5, 60.0, "10\u207b\u00b9 10\u2070 10\u00b9 10\u00b2", 4 + 24},
      {10.0, 10.0, "10\u00b9 10\u00b2", 2 + 8},
      {1e-12, 1.0,
       "10\u207b\u00b9\u00b2 10\u207b\u00b9\u2070 10\u207b\u2078 10\u207b\u2076 10\u207b\u2074 "
       "10\u207b\u00b2 10\u2070",
       7},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    char text[512];
    struct axis_tick ticks[AXIS_MAX_TICKS];
    const struct axis axis = axis_log(cases[i].lo, cases[i].hi);
    labels_of(&axis, 6, text, sizeof text);
    assert_string_equal(text, cases[i].labels);
    assert_int_equal(axis_ticks(&axis, 6, ticks), cases[i].count);
  }
}

/* As given, so that curves fill the panel; short ones are labelled at 1, 2 and 5, narrow ones at round values. */
static void tight_log_axes_end_where_the_data_do(void **state) {
  (void)state;
  static const struct {
    double lo, hi;
    const char *labels;
  } cases[] = {
      {1.0, 32.0, "1 2 5 10 20"},
      {3000.0, 40000.0, "5000 10\u2074 2\u00d710\u2074"},
      {1.4, 2.6, "1.4 1.6 1.8 2.0 2.2 2.4 2.6"},
      {0.3, 5000.0, "10\u2070 10\u00b9 10\u00b2 10\u00b3"},
      {10.0, 10.0, "10\u00b9 10\u00b2"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    char text[512];
    struct axis_tick ticks[AXIS_MAX_TICKS];
    const struct axis axis = axis_log_tight(cases[i].lo, cases[i].hi);
    assert_double_near(axis_at(&axis, cases[i].lo), 0.0, 1e-15);
    if (cases[i].hi > cases[i].lo) assert_double_near(axis_at(&axis, cases[i].hi), 1.0, 1e-15);
    labels_of(&axis, 8, text, sizeof text);
    assert_string_equal(text, cases[i].labels);
    for (size_t t = 0; t < axis_ticks(&axis, 8, ticks); ++t) assert_true(ticks[t].at >= 0.0 && ticks[t].at <= 1.0);
  }
}

static void the_widest_log_axis_has_bounded_ticks(void **state) {
  (void)state;
  char text[512];
  const struct axis axis = axis_log(DBL_TRUE_MIN, DBL_MAX);
  labels_of(&axis, 6, text, sizeof text);
  assert_non_null(strstr(text, "10\u207b\u00b3\u00b2\u2074"));
}

static void values_lie_where_they_should(void **state) {
  (void)state;
  const struct axis linear = axis_linear(-2.0, 6.0), logarithmic = axis_log(1.0, 100.0);
  assert_double_near(axis_at(&linear, -2.0), 0.0, 0.0);
  assert_double_near(axis_at(&linear, 0.0), 0.25, 1e-15);
  assert_double_near(axis_at(&linear, 10.0), 1.5, 1e-15);
  assert_double_near(axis_at(&logarithmic, 10.0), 0.5, 1e-15);
  assert_double_near(axis_at(&logarithmic, 1000.0), 1.5, 1e-15);
  assert_true(isnan(axis_at(&logarithmic, 0.0)));
  assert_true(isnan(axis_at(&logarithmic, -1.0)));
  const struct axis widest = axis_linear(-DBL_MAX, DBL_MAX);
  assert_double_near(axis_at(&widest, 0.0), 0.5, 1e-15);
}

static void exponents_are_superscript(void **state) {
  (void)state;
  char text[AXIS_LABEL_MAX];
  axis_exponent_text(0, text);
  assert_string_equal(text, "");
  axis_exponent_text(-320, text);
  assert_string_equal(text, "\u00d710\u207b\u00b3\u00b2\u2070");
}

/* As gaps in data leave them: the axis holds lo where that is a number, else 0. */
static void ranges_that_are_none(void **state) {
  (void)state;
  static const double rows[][3] = {{2.0, INFINITY, 2.0}, {2.0, NAN, 2.0},       {-8.0, -8.0, -8.0}, {3.0, 1.0, 3.0},
                                   {NAN, 4.0, 0.0},      {-INFINITY, 4.0, 0.0}, {0.0, 0.0, 0.0}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
    const struct axis axis = axis_linear(rows[i][0], rows[i][1]);
    assert_true(isfinite(axis.lo) && isfinite(axis.hi) && axis.lo < axis.hi);
    assert_true(fabs(axis_at(&axis, rows[i][2]) - 0.5) < 1e-12);
  }
}

static void exponents_of_any_size_fit(void **state) {
  (void)state;
  static const int exponents[] = {INT_MAX, INT_MIN, 1000000000, -1000};
  for (size_t i = 0; i < sizeof exponents / sizeof *exponents; ++i) {
    char text[AXIS_LABEL_MAX + 1];
    memset(text, 'x', sizeof text);
    axis_exponent_text(exponents[i], text);
    assert_non_null(memchr(text, '\0', AXIS_LABEL_MAX));
    assert_int_equal(text[AXIS_LABEL_MAX], 'x');
    assert_memory_equal(text, "\u00d710", 4);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(linear_ticks_are_round),
      cmocka_unit_test(log_ticks_are_decades),
      cmocka_unit_test(tight_log_axes_end_where_the_data_do),
      cmocka_unit_test(the_widest_log_axis_has_bounded_ticks),
      cmocka_unit_test(values_lie_where_they_should),
      cmocka_unit_test(exponents_are_superscript),
      cmocka_unit_test(ranges_that_are_none),
      cmocka_unit_test(exponents_of_any_size_fit),
  };
  return cmocka_run_group_tests_name("axis", tests, NULL, NULL);
}
