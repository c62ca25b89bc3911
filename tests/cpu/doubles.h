/* SPDX-License-Identifier: MIT */
/*
 * doubles.h - what CMocka lacks: comparisons of doubles. Include before anything else of a test.
 */
#ifndef VORDEC_TESTS_CPU_DOUBLES_H
#define VORDEC_TESTS_CPU_DOUBLES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdbool.h>

/* Largest |a - b|; infinity where either is not finite. */
static inline double largest_difference(const double *a, const double *b, size_t count) {
  double largest = 0;
  for (size_t i = 0; i < count; i++) {
    const double difference = fabs(a[i] - b[i]);
    if (!isfinite(difference)) return INFINITY;
    if (difference > largest) largest = difference;
  }
  return largest;
}

#define check_at_most(value, limit)                                                                                    \
  do {                                                                                                                 \
    const double check_value = (value), check_limit = (limit);                                                         \
    if (!(check_value <= check_limit)) {                                                                               \
      print_error("%s is %.6g, more than %.6g\n", #value, check_value, check_limit);                                   \
      _fail(__FILE__, __LINE__);                                                                                       \
    }                                                                                                                  \
  } while (0)

/* |a - b| <= tolerance */
#define check_near(a, b, tolerance) check_at_most(fabs((a) - (b)), tolerance)

/* |a - b| <= tolerance |b| */
#define check_relative(a, b, tolerance) check_at_most(fabs((a) - (b)), (tolerance)*fabs(b))

#define check_same_bytes(a, b, bytes) assert_memory_equal(a, b, bytes)

#endif
