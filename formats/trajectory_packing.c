/* SPDX-License-Identifier: MIT */
#include "trajectory_packing.h"

#include <math.h>
#include <string.h>
#include <vordec/error.h>

/* What netCDF's libraries put where nothing was written, in single and in double precision. */
#define NEVER_WRITTEN 9.9692099683868690e+36

/* 2 to the number of bits of an integer with sign that its attribute says has none; 0: it is another kind. */
static double wrap_of(struct array_source *source, const char *key, enum npy_type type) {
  char text[ARRAY_NAME_MAX];
  const bool has_sign = type == NPY_I1 || type == NPY_I2 || type == NPY_I4;
  if (!has_sign || !array_source_text(source, key, "_Unsigned", 0, text)) return 0;
  return strcmp(text, "true") == 0 ? ldexp(1, 8 * (int)npy_type_size(type)) : 0;
}

static void add_fills(struct trajectory_packing *packing, struct array_source *source, const char *key,
                      const char *attribute, enum npy_type type) {
  double *fill = packing->fill + packing->fills;
  const size_t count = array_source_attribute(source, key, attribute, fill, TRAJECTORY_FILLS - packing->fills);
  for (size_t i = 0; i < count; i++) {
    if (type == NPY_F4) fill[i] = (double)(float)fill[i];
    if (packing->wrap != 0 && fill[i] >= packing->wrap / 2) fill[i] -= packing->wrap;
  }
  packing->fills += count;
}

/* A bound as the values of the array are, before they are unpacked. */
static double bound_of(const struct trajectory_packing *packing, double bound, enum npy_type type) {
  if (type == NPY_F4) return (double)(float)bound;
  return packing->wrap != 0 && bound < 0 ? bound + packing->wrap : bound;
}

static void read_range(struct trajectory_packing *packing, struct array_source *source, const char *key,
                       enum npy_type type) {
  double range[2] = {-INFINITY, INFINITY};
  if (array_source_attribute(source, key, "valid_range", range, 2) != 2) {
    if (array_source_attribute(source, key, "valid_min", &range[0], 1) != 1) range[0] = -INFINITY;
    if (array_source_attribute(source, key, "valid_max", &range[1], 1) != 1) range[1] = INFINITY;
  }
  packing->least = isinf(range[0]) ? range[0] : bound_of(packing, range[0], type);
  packing->most = isinf(range[1]) ? range[1] : bound_of(packing, range[1], type);
}

struct trajectory_packing trajectory_packing_of(struct array_source *source, const char *key) {
  struct trajectory_packing packing = {.scale = 1.0, .least = -INFINITY, .most = INFINITY};
  struct npy_form form;
  struct vordec_error ignored;
  if (!array_source_has(source, key) || array_source_describe(source, key, &form, &ignored)) return packing;
  packing.packed = array_source_attribute(source, key, "scale_factor", &packing.scale, 1) > 0;
  packing.packed = array_source_attribute(source, key, "add_offset", &packing.offset, 1) > 0 || packing.packed;
  packing.wrap = wrap_of(source, key, form.type);
  add_fills(&packing, source, key, "_FillValue", form.type);
  add_fills(&packing, source, key, "missing_value", form.type);
  read_range(&packing, source, key, form.type);
  if (packing.fills == 0 && source->methods->attribute && (form.type == NPY_F4 || form.type == NPY_F8)) {
    packing.fill[packing.fills++] = NEVER_WRITTEN;
  }
  return packing;
}

static bool is_missing(const struct trajectory_packing *packing, double value) {
  for (size_t i = 0; i < packing->fills; i++) {
    if (value == packing->fill[i]) return true;
  }
  return false;
}

static enum vordec_status fail_missing(const char *name, double value, size_t row, size_t column, const char *why,
                                       struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_INPUT, 0, "%s is %g at row %zu, column %zu, which %s; every cell needs a value",
                     name, value, row, column, why);
}

enum vordec_status trajectory_unpack(const struct trajectory_packing *packing, const char *name, double *values,
                                     size_t count, size_t row, struct vordec_error *error) {
  for (size_t i = 0; i < count; i++) {
    if (is_missing(packing, values[i])) {
      return fail_missing(name, values[i], i / row % row, i % row, "marks a missing value (_FillValue)", error);
    }
    if (packing->wrap != 0 && values[i] < 0) values[i] += packing->wrap;
    if (values[i] < packing->least || values[i] > packing->most) {
      return fail_missing(name, values[i], i / row % row, i % row,
                          "lies outside of the values that the file calls valid (valid_range)", error);
    }
    if (packing->packed) values[i] = values[i] * packing->scale + packing->offset;
  }
  return VORDEC_OK;
}
