/* SPDX-License-Identifier: MIT */
/*
 * array_slabs.h - an array that is read in boxes of elements ("hyperslabs"), as doubles.
 *
 * Slabs belong to one thread at a time.
 */
#ifndef VORDEC_FORMATS_ARRAY_SLABS_H
#define VORDEC_FORMATS_ARRAY_SLABS_H

#include "io/npy_stream.h"

/* Larger arrays are read in pieces. */
#define ARRAY_WHOLE_BYTES ((size_t)64 << 20)

struct array_slabs;

/* What a format does. */
struct array_slabs_methods {
  enum vordec_status (*read)(struct array_slabs *slabs, const size_t *start, const size_t *count, double *values,
                             struct vordec_error *error);
  void (*close)(struct array_slabs *slabs);
};

/* The beginning of each format's own struct. */
struct array_slabs {
  const struct array_slabs_methods *methods;
  uint32_t ndim;
  size_t shape[NPY_MAX_NDIM];
};

/* Slabs of an array in memory, which they take over, also where this fails. */
enum vordec_status array_slabs_of(struct npy_array *array, struct array_slabs **slabs, struct vordec_error *error);

/* Slabs of a stream, which they take over, also where this fails. */
enum vordec_status array_slabs_of_stream(struct npy_stream *stream, struct array_slabs **slabs,
                                         struct vordec_error *error);

/* The elements start[axis] .. start[axis] + count[axis] - 1 of each axis, within its shape, in row-major order.
 * E_INPUT: an element that a double cannot hold; NaN and infinity pass. E_IO: the disk. */
static inline enum vordec_status array_slabs_read(struct array_slabs *slabs, const size_t *start, const size_t *count,
                                                  double *values, struct vordec_error *error) {
  return slabs->methods->read(slabs, start, count, values, error);
}

/* Accepts NULL. */
void array_slabs_close(struct array_slabs *slabs);

#endif
