/* SPDX-License-Identifier: MIT */
/* What the cells of fields are stored as. */
#ifndef VORDEC_FORMATS_FIELD_TYPE_H
#define VORDEC_FORMATS_FIELD_TYPE_H

#include "io/npy_header.h"

enum field_type {
  FIELD_AS_COMPUTED, /* whatever it was computed in */
  FIELD_FLOAT32,
  FIELD_FLOAT64
};

/* auto, float32 or float64. False: none is called that. */
bool field_type_find(const char *name, enum field_type *type);

/* The type in the file of cells that were computed as NPY_F4 or NPY_F8. */
enum npy_type field_type_stored(enum field_type type, enum npy_type computed);

/* Copies `count` cells of one of these types to the other, or the same: rounded to nearest, or exactly. */
void field_type_convert(const void *from, enum npy_type from_type, void *to, enum npy_type to_type, size_t count);

#endif
