/*
 * array_rows.h - an array that is read row by row, along its first axis, as doubles.
 *
 * Rows belong to one thread at a time.
 */
#ifndef VORDEC_FORMATS_ARRAY_ROWS_H
#define VORDEC_FORMATS_ARRAY_ROWS_H

#include "io/npy.h"

struct array_rows;

/* What a format does. */
struct array_rows_methods {
  enum vordec_status (*read)(struct array_rows *rows, size_t i, double *values, struct vordec_error *error);
  void (*close)(struct array_rows *rows);
};

/* The beginning of each format's own struct. */
struct array_rows {
  const struct array_rows_methods *methods;
  uint32_t ndim; /* of the array; 0: a scalar, which has no rows */
  size_t shape[NPY_MAX_NDIM];
};

/* Rows of an array in memory, which they take over, also where this fails. */
enum vordec_status array_rows_of(struct npy_array *array, struct array_rows **rows, struct vordec_error *error);

/* Row i < shape[0] into `values`, shape[1] x shape[2] .. of them. E_INPUT: an element that a double cannot hold; NaN
 * and infinity pass. E_IO: the disk. */
static inline enum vordec_status array_rows_read(struct array_rows *rows, size_t i, double *values,
                                                 struct vordec_error *error) {
  return rows->methods->read(rows, i, values, error);
}

/* Accepts NULL. */
void array_rows_close(struct array_rows *rows);

#endif
