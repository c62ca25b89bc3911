/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <io/npz.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reference {
  struct npz *npz;
};

struct reference *reference_open(const char *folder, const char *name) {
  char path[1024];
  snprintf(path, sizeof path, "%s/%s/%s.npz", TEST_DATA, folder, name);
  struct reference *reference = test_alloc(1, sizeof *reference);
  struct vordec_error error;
  assert_ok(npz_open(path, &reference->npz, &error), &error);
  return reference;
}

void reference_close(struct reference *reference) {
  npz_close(reference->npz);
  free(reference);
}

static struct npy_array read_member(struct reference *reference, const char *key) {
  struct npy_array array = {0};
  struct vordec_error error;
  assert_ok(npz_read(reference->npz, key, &array, &error), &error);
  return array;
}

double *reference_f64(struct reference *reference, const char *key) {
  struct npy_array array = read_member(reference, key);
  struct vordec_error error;
  double *values = NULL;
  assert_ok(npy_to_f64(&array, &values, &error), &error);
  npy_array_release(&array);
  return values;
}

int64_t *reference_i64(struct reference *reference, const char *key) {
  struct npy_array array = read_member(reference, key);
  struct vordec_error error;
  int64_t *values = NULL;
  assert_ok(npy_to_i64(&array, &values, &error), &error);
  npy_array_release(&array);
  return values;
}

uint8_t *reference_bool(struct reference *reference, const char *key) {
  struct npy_array array = read_member(reference, key);
  struct vordec_error error;
  uint8_t *values = NULL;
  assert_ok(npy_to_bool(&array, &values, &error), &error);
  npy_array_release(&array);
  return values;
}

size_t reference_count(struct reference *reference, const char *key) {
  struct npy_array array = read_member(reference, key);
  const size_t count = array.count;
  npy_array_release(&array);
  return count;
}

double reference_scalar(struct reference *reference, const char *key) {
  struct vordec_error error;
  double value = NAN;
  assert_ok(npz_read_scalar_f64(reference->npz, key, &value, &error), &error);
  return value;
}

double largest_difference(const double *a, const double *b, size_t count) {
  double largest = 0;
  for (size_t i = 0; i < count; i++) {
    const double difference = fabs(a[i] - b[i]);
    if (isnan(difference)) return NAN;
    if (difference > largest) largest = difference;
  }
  return largest;
}

double relative_difference(const double *a, const double *b, size_t count) {
  double difference = 0, norm = 0;
  for (size_t i = 0; i < count; i++) {
    difference += (a[i] - b[i]) * (a[i] - b[i]);
    norm += b[i] * b[i];
  }
  return sqrt(difference / norm);
}

void check_at_most(double value, double limit, const char *what, const char *file, int line) {
  if (value <= limit) return;
  print_error("%s = %.17g is more than %.3g\n", what, value, limit);
  _fail(file, line);
}

void check_close(double a, double b, double limit, const char *what, const char *file, int line) {
  if (fabs(a - b) <= limit * fabs(b)) return;
  print_error("%s = %.17g is not %.17g within %.3g\n", what, a, b, limit);
  _fail(file, line);
}

void check_ok(enum vordec_status status, const struct vordec_error *error, const char *file, int line) {
  if (status == VORDEC_OK) return;
  print_error("status %d: %s\n", (int)status, error->message);
  _fail(file, line);
}

void check_refused(enum vordec_status status, const struct vordec_error *error, enum vordec_status expected,
                   const char *text, const char *file, int line) {
  if (status == expected && error->status == expected && strstr(error->message, text)) return;
  print_error("status %d (\"%s\") where %d with \"%s\" was expected\n", (int)status,
              status == VORDEC_OK ? "" : error->message, (int)expected, text);
  _fail(file, line);
}

void *test_alloc(size_t count, size_t size) {
  void *memory = calloc(count + 1, size);
  assert_non_null(memory);
  return memory;
}
