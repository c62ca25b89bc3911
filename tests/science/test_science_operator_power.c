/* SPDX-License-Identifier: MIT */
/* Powers of operators: of one whose powers are known, and the same bits whoever multiplies. */
#include "science/operator_power.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

/* Rotations of pairs of entries, each by an angle of its own and with a little decay: its powers turn by multiples. */
static void fill_rotation(double *a, size_t d, size_t times) {
  memset(a, 0, d * d * sizeof *a);
  for (size_t i = 0; i + 1 < d; i += 2) {
    const double angle = (double)times * (0.1 + 0.01 * (double)i), size = pow(0.999, (double)times);
    a[i * d + i] = a[(i + 1) * d + i + 1] = size * cos(angle);
    a[i * d + i + 1] = size * sin(angle);
    a[(i + 1) * d + i] = -size * sin(angle);
  }
}

static void test_rotations(void **state) {
  (void)state;
  enum { D = 390 };
  static const size_t exponents[] = {1, 2, 3, 7, 64, 200};
  double *a = test_alloc((size_t)D * D, sizeof *a), *expected = test_alloc((size_t)D * D, sizeof *a);
  double *power = test_alloc((size_t)D * D, sizeof *a);
  fill_rotation(a, D, 1);
  for (size_t i = 0; i < sizeof exponents / sizeof *exponents; i++) {
    const struct operator_power_desc desc = {a, D, exponents[i], 2};
    struct vordec_error error;
    fill_rotation(expected, D, exponents[i]);
    assert_ok(operator_power(&desc, power, &error), &error);
    assert_at_most(relative_difference(power, expected, (size_t)D * D), 1e-15 * (2.0 + (double)exponents[i]));
  }
  free(power);
  free(expected);
  free(a);
}

static void test_bits_do_not_depend_on_threads(void **state) {
  (void)state;
  enum { D = 401 };
  static const uint32_t threads[] = {2, 5};
  double *a = test_alloc((size_t)D * D, sizeof *a), *one = test_alloc((size_t)D * D, sizeof *a);
  double *several = test_alloc((size_t)D * D, sizeof *a);
  for (size_t i = 0; i < (size_t)D * D; i++) a[i] = 0.05 * sin((double)i * (double)(i % 1009));
  struct operator_power_desc desc = {a, D, 13, 1};
  struct vordec_error error;
  assert_ok(operator_power(&desc, one, &error), &error);
  for (size_t t = 0; t < sizeof threads / sizeof *threads; t++) {
    desc.threads = threads[t];
    assert_ok(operator_power(&desc, several, &error), &error);
    assert_memory_equal(one, several, (size_t)D * D * sizeof *one);
  }
  free(several);
  free(one);
  free(a);
}

static void test_not_finite(void **state) {
  (void)state;
  const double a[] = {1, 0, 0, 1e200};
  double power[4];
  struct vordec_error error;
  const struct operator_power_desc desc = {a, 2, 2, 1};
  assert_refused(operator_power(&desc, power, &error), &error, VORDEC_E_FAILED,
                 "A to the power of 2: row 1, column 1 is not finite");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rotations),
      cmocka_unit_test(test_bits_do_not_depend_on_threads),
      cmocka_unit_test(test_not_finite),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
