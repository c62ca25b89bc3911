/* SPDX-License-Identifier: MIT */
#include "field_type.h"

#include <string.h>

bool field_type_find(const char *name, enum field_type *type) {
  static const struct {
    const char *name;
    enum field_type type;
  } types[] = {{"auto", FIELD_AS_COMPUTED}, {"float32", FIELD_FLOAT32}, {"float64", FIELD_FLOAT64}};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    if (strcmp(name, types[i].name) != 0) continue;
    *type = types[i].type;
    return true;
  }
  return false;
}

enum npy_type field_type_stored(enum field_type type, enum npy_type computed) {
  switch (type) {
  case FIELD_AS_COMPUTED:
    return computed;
  case FIELD_FLOAT32:
    return NPY_F4;
  case FIELD_FLOAT64:
    break;
  }
  return NPY_F8;
}

static void narrow(const double *from, float *to, size_t count) {
  for (size_t i = 0; i < count; i++) to[i] = (float)from[i];
}

static void widen(const float *from, double *to, size_t count) {
  for (size_t i = 0; i < count; i++) to[i] = (double)from[i];
}

void field_type_convert(const void *from, enum npy_type from_type, void *to, enum npy_type to_type, size_t count) {
  if (from_type == to_type) {
    memcpy(to, from, count * npy_type_size(to_type));
  } else if (to_type == NPY_F4) {
    narrow(from, to, count);
  } else {
    widen(from, to, count);
  }
}
