/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "npy.h"

#define EXACT_IN_DOUBLE 9007199254740992 /* 2^53: integers up to here are doubles */
#define TWO_63 9223372036854775808.0

static bool is_float(enum npy_type type) {
  return type == NPY_F2 || type == NPY_F4 || type == NPY_F8;
}

/* IEEE 754 binary16: sign, 5 bits of exponent (bias 15), 10 bits of fraction. A double holds them all. */
double npy_half_value(uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const double fraction = bits & 1023, sign = bits >> 15 ? -1.0 : 1.0;
  if (exponent == 31) return fraction != 0 ? (double)NAN : sign * (double)INFINITY;
  return sign * (exponent ? ldexp(1024.0 + fraction, exponent - 25) : ldexp(fraction, -24));
}

uint16_t npy_half(double value) {
  const unsigned sign = signbit(value) ? 0x8000 : 0;
  const double size = fabs(value);
  if (isnan(value)) return 0x7e00;
  if (size >= 65520) return (uint16_t)(sign | 0x7c00);
  int exponent = 0;
  frexp(size, &exponent);
  exponent = exponent < -13 ? -13 : exponent; /* of subnormal ones, all the same */
  /* 1024 .. 2048 steps, or fewer of a subnormal one; what is rounded up to the next power of two carries over. */
  const unsigned steps = (unsigned)nearbyint(ldexp(size, 11 - exponent));
  const unsigned bits = size < 0x1p-14 ? steps : ((unsigned)(exponent + 14) << 10) + (steps - 1024);
  return (uint16_t)(sign | bits);
}

static double float_at(const struct npy_array *array, size_t i) {
  if (array->type == NPY_F2) return npy_half_value(((const uint16_t *)array->data)[i]);
  return array->type == NPY_F4 ? (double)((const float *)array->data)[i] : ((const double *)array->data)[i];
}

static int64_t integer_at(const struct npy_array *array, size_t i) {
  switch (array->type) {
  case NPY_I1:
    return ((const int8_t *)array->data)[i];
  case NPY_I2:
    return ((const int16_t *)array->data)[i];
  case NPY_I4:
    return ((const int32_t *)array->data)[i];
  case NPY_I8:
    return ((const int64_t *)array->data)[i];
  case NPY_U1:
    return ((const uint8_t *)array->data)[i];
  case NPY_U2:
    return ((const uint16_t *)array->data)[i];
  case NPY_U4:
    return ((const uint32_t *)array->data)[i];
  case NPY_U8:
    return (int64_t)((const uint64_t *)array->data)[i];
  case NPY_B1:
  case NPY_F2:
  case NPY_F4:
  case NPY_F8:
  case NPY_TYPE_COUNT:
    break;
  }
  return ((const uint8_t *)array->data)[i] != 0; /* a boolean: numpy takes any byte but 0 as true */
}

static enum vordec_status refuse_bool(const struct npy_array *array, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE, "%s: holds booleans where numbers are needed",
                     array->name);
}

/* Room for the converted elements. */
static enum vordec_status allocate(const struct npy_array *array, size_t size, void **values,
                                   struct vordec_error *error) {
  *values = calloc(array->count ? array->count : 1, size);
  if (*values) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory for %zu elements",
                     array->name, array->count);
}

/* An integer of 8 bytes without sign that one with sign cannot hold. */
static bool is_huge(const struct npy_array *array, size_t i) {
  return array->type == NPY_U8 && ((const uint64_t *)array->data)[i] > INT64_MAX;
}

static enum vordec_status refuse_huge(const struct npy_array *array, size_t i, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE, "%s: element %zu is %llu, which is too large",
                     array->name, i, (unsigned long long)((const uint64_t *)array->data)[i]);
}

static enum vordec_status f64_at(const struct npy_array *array, size_t i, double *value, struct vordec_error *error) {
  if (is_float(array->type)) {
    *value = float_at(array, i);
    return VORDEC_OK;
  }
  if (is_huge(array, i)) return refuse_huge(array, i, error);
  const int64_t integer = integer_at(array, i);
  *value = (double)integer;
  if (integer >= -EXACT_IN_DOUBLE && integer <= EXACT_IN_DOUBLE) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE,
                     "%s: element %zu is %lld, which a double cannot hold exactly", array->name, i, (long long)integer);
}

static enum vordec_status i64_at(const struct npy_array *array, size_t i, int64_t *value, struct vordec_error *error) {
  if (!is_float(array->type)) {
    if (is_huge(array, i)) return refuse_huge(array, i, error);
    *value = integer_at(array, i);
    return VORDEC_OK;
  }
  const double number = float_at(array, i);
  if (!(number >= -TWO_63 && number < TWO_63 && number == trunc(number))) {
    return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE, "%s: element %zu is %.17g where an integer is needed",
                       array->name, i, number);
  }
  *value = (int64_t)number;
  return VORDEC_OK;
}

enum vordec_status npy_to_f64(const struct npy_array *array, double **values, struct vordec_error *error) {
  *values = NULL;
  if (array->type == NPY_B1) return refuse_bool(array, error);
  void *memory = NULL;
  enum vordec_status status = allocate(array, sizeof(double), &memory, error);
  double *out = memory;
  for (size_t i = 0; status == VORDEC_OK && i < array->count; ++i) status = f64_at(array, i, &out[i], error);
  if (status == VORDEC_OK)
    *values = out;
  else
    free(out);
  return status;
}

enum vordec_status npy_to_i64(const struct npy_array *array, int64_t **values, struct vordec_error *error) {
  *values = NULL;
  if (array->type == NPY_B1) return refuse_bool(array, error);
  void *memory = NULL;
  enum vordec_status status = allocate(array, sizeof(int64_t), &memory, error);
  int64_t *out = memory;
  for (size_t i = 0; status == VORDEC_OK && i < array->count; ++i) status = i64_at(array, i, &out[i], error);
  if (status == VORDEC_OK)
    *values = out;
  else
    free(out);
  return status;
}

enum vordec_status npy_to_bool(const struct npy_array *array, uint8_t **values, struct vordec_error *error) {
  *values = NULL;
  void *memory = NULL;
  const enum vordec_status status = allocate(array, 1, &memory, error);
  if (status != VORDEC_OK) return status;
  uint8_t *out = memory;
  for (size_t i = 0; i < array->count; ++i) {
    if (is_huge(array, i)) {
      free(out);
      return refuse_huge(array, i, error);
    }
    const double number = is_float(array->type) ? float_at(array, i) : (double)integer_at(array, i);
    if (!(number == 0.0 || number == 1.0)) {
      free(out);
      return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE, "%s: element %zu is %.17g where 0 or 1 is needed",
                         array->name, i, number);
    }
    out[i] = number == 1.0;
  }
  *values = out;
  return VORDEC_OK;
}

static enum vordec_status check_scalar(const struct npy_array *array, struct vordec_error *error) {
  if (array->type == NPY_B1) return refuse_bool(array, error);
  if (array->ndim == 0 || (array->ndim == 1 && array->shape[0] == 1)) return VORDEC_OK;
  char shape[NPY_SHAPE_TEXT_MAX];
  return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE, "%s: has shape %s where one number is needed",
                     array->name, npy_shape_text(array->shape, array->ndim, shape, sizeof shape));
}

enum vordec_status npy_scalar_f64(const struct npy_array *array, double *value, struct vordec_error *error) {
  const enum vordec_status status = check_scalar(array, error);
  return status == VORDEC_OK ? f64_at(array, 0, value, error) : status;
}

enum vordec_status npy_scalar_i64(const struct npy_array *array, int64_t *value, struct vordec_error *error) {
  const enum vordec_status status = check_scalar(array, error);
  return status == VORDEC_OK ? i64_at(array, 0, value, error) : status;
}
