/* SPDX-License-Identifier: MIT */
#include "arrays.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static bool is_float(const struct npy_array *array) {
  return array->type == NPY_F2 || array->type == NPY_F4 || array->type == NPY_F8;
}

/* By way of the float that has the same bits in other places; 2^112 makes up for the difference of the biases. */
static double half_value(uint16_t bits) {
  const uint32_t fraction = bits & 0x7fffu, special = (bits & 0x7c00u) == 0x7c00u ? 0x70000000u : 0;
  const uint32_t wide = (uint32_t)(bits & 0x8000u) << 16 | (special | fraction << 13);
  float value = 0;
  memcpy(&value, &wide, sizeof value);
  return special ? (double)value : ldexp((double)value, 112);
}

static double element(const struct npy_array *array, size_t i) {
  if (array->type == NPY_F4) return (double)((const float *)array->data)[i];
  if (array->type == NPY_F8) return ((const double *)array->data)[i];
  if (array->type == NPY_F2) return half_value(((const uint16_t *)array->data)[i]);
  int64_t value = 0;
  memcpy(&value, (const char *)array->data + i * npy_type_size(array->type), npy_type_size(array->type));
  const int unused = 64 - 8 * (int)npy_type_size(array->type);
  if (array->type == NPY_U8) return (double)(uint64_t)value;
  if (array->type == NPY_U1 || array->type == NPY_U2 || array->type == NPY_U4) return (double)value;
  if (array->type == NPY_B1) return value != 0;
  return (double)((int64_t)((uint64_t)value << unused) >> unused);
}

static void check_conversion(enum vordec_status status, const void *values, const struct vordec_error *error) {
  FUZZ_CHECK((status == VORDEC_OK) == (values != NULL));
  if (status) fuzz_check_error(status, error);
}

static void check_f64(const struct npy_array *array) {
  struct vordec_error error = {0};
  double *values = NULL;
  check_conversion(npy_to_f64(array, &values, &error), values, &error);
  for (size_t i = 0; values && i < array->count; i++) {
    const double wanted = element(array, i);
    FUZZ_CHECK(values[i] == wanted || (isnan(values[i]) && isnan(wanted)));
  }
  FUZZ_CHECK(values || !is_float(array));
  free(values);
}

static void check_i64(const struct npy_array *array) {
  struct vordec_error error = {0};
  int64_t *values = NULL;
  check_conversion(npy_to_i64(array, &values, &error), values, &error);
  for (size_t i = 0; values && i < array->count; i++) FUZZ_CHECK((double)values[i] == element(array, i));
  FUZZ_CHECK(values || is_float(array) || array->type == NPY_B1 || array->type == NPY_U8);
  free(values);
}

static void check_bool(const struct npy_array *array) {
  struct vordec_error error = {0};
  uint8_t *values = NULL;
  check_conversion(npy_to_bool(array, &values, &error), values, &error);
  for (size_t i = 0; values && i < array->count; i++) FUZZ_CHECK((double)values[i] == element(array, i));
  free(values);
}

static void check_scalars(const struct npy_array *array) {
  struct vordec_error error = {0};
  double number = 0.0;
  int64_t integer = 0;
  enum vordec_status status = npy_scalar_f64(array, &number, &error);
  FUZZ_CHECK(status || array->count == 1);
  if (status) fuzz_check_error(status, &error);
  status = npy_scalar_i64(array, &integer, &error);
  FUZZ_CHECK(status || array->count == 1);
  if (status) fuzz_check_error(status, &error);
}

void arrays_check(const struct npy_array *array) {
  size_t count = 1;
  FUZZ_CHECK(array->ndim <= NPY_MAX_NDIM && array->type < NPY_TYPE_COUNT && array->data);
  for (uint32_t i = 0; i < array->ndim; i++) count *= array->shape[i];
  FUZZ_CHECK(array->count == count);
  FUZZ_CHECK(array->name[0] && memchr(array->name, '\0', sizeof array->name));
  check_f64(array);
  check_i64(array);
  check_bool(array);
  check_scalars(array);
}

void arrays_check_same(const struct npy_array *a, const struct npy_array *b) {
  FUZZ_CHECK(a->type == b->type && a->ndim == b->ndim && a->count == b->count);
  FUZZ_CHECK(memcmp(a->shape, b->shape, a->ndim * sizeof *a->shape) == 0);
  FUZZ_CHECK(memcmp(a->data, b->data, a->count * npy_type_size(a->type)) == 0);
}
