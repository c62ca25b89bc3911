/* SPDX-License-Identifier: MIT */
/* Positions along one axis, as an array of the file has them. */
#ifndef VORDEC_FORMATS_TRAJECTORY_LINE_H
#define VORDEC_FORMATS_TRAJECTORY_LINE_H

#include "array_source.h"

struct trajectory_line {
  double *values; /* NULL: the array is of another kind; else free() them */
  size_t count;
  int varies; /* of an array of n x n, as meshgrid() makes them: the axis along which it varies; else -1 */
};

/* The entries of an array of one axis, of a column, of the sample's row of an array of two axes, or of one that has a
 * position for each of n x n points (n: 0 where that cannot be). E_INPUT: it cannot be read. */
enum vordec_status trajectory_line_read(struct array_source *source, const char *key, size_t sample, size_t n,
                                        struct trajectory_line *line, struct vordec_error *error);

/* The distance between neighbours, signed; NAN: they are not equally spaced, as single precision goes. */
double trajectory_line_spacing(const double *values, size_t count);

/* What counts as equal in positions, which come in single precision, too. */
#define TRAJECTORY_EQUAL_SPACING 1e-3

#endif
