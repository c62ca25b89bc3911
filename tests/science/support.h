/* SPDX-License-Identifier: MIT */
/*
 * support.h - what the tests of science/ share: reference data, and comparisons of doubles that CMocka 1.1.5 lacks.
 */
#ifndef VORDEC_TESTS_SCIENCE_SUPPORT_H
#define VORDEC_TESTS_SCIENCE_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <vordec/types.h>

/* A reference file, TEST_DATA/CASE/NAME.npz; fails the test if it cannot be read. Fields are freed by free(). */
struct reference;
struct reference *reference_open(const char *folder, const char *name);
void reference_close(struct reference *reference);
double *reference_f64(struct reference *reference, const char *key);
int64_t *reference_i64(struct reference *reference, const char *key);
uint8_t *reference_bool(struct reference *reference, const char *key);
size_t reference_count(struct reference *reference, const char *key);
double reference_scalar(struct reference *reference, const char *key);

/* Largest |a - b|; NAN if any difference is not a number. */
double largest_difference(const double *a, const double *b, size_t count);
/* Norm of a - b over norm of b. */
double relative_difference(const double *a, const double *b, size_t count);

/* value <= limit; a failure, and so NAN, prints both. */
#define assert_at_most(value, limit) check_at_most((value), (limit), #value, __FILE__, __LINE__)
void check_at_most(double value, double limit, const char *what, const char *file, int line);
/* |a - b| <= limit |b| */
#define assert_close(a, b, limit) check_close((a), (b), (limit), #a, __FILE__, __LINE__)
void check_close(double a, double b, double limit, const char *what, const char *file, int line);

#define assert_ok(status, error) check_ok((status), (error), __FILE__, __LINE__)
void check_ok(enum vordec_status status, const struct vordec_error *error, const char *file, int line);

/* The call failed like this, and its message holds this text. */
#define assert_refused(status, error, expected, text)                                                                  \
  check_refused((status), (error), (expected), (text), __FILE__, __LINE__)
void check_refused(enum vordec_status status, const struct vordec_error *error, enum vordec_status expected,
                   const char *text, const char *file, int line);

/* malloc() that fails the test where there is no memory. */
void *test_alloc(size_t count, size_t size);

#endif
