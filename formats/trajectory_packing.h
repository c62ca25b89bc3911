/* SPDX-License-Identifier: MIT */
/* How stored values stand for others, by netCDF's and the CF conventions, whatever the file's format: scale_factor,
 * add_offset, _Unsigned, and the values that stand for nothing: _FillValue, missing_value, and those outside of
 * valid_range, valid_min and valid_max. */
#ifndef VORDEC_FORMATS_TRAJECTORY_PACKING_H
#define VORDEC_FORMATS_TRAJECTORY_PACKING_H

#include "array_source.h"

#define TRAJECTORY_FILLS 8

/* A value is what is stored, times scale, plus offset. */
struct trajectory_packing {
  bool packed;
  double scale, offset;
  double wrap; /* added to negative integers that stand for large ones; 0: none do */
  size_t fills;
  double fill[TRAJECTORY_FILLS]; /* stored values that stand for nothing */
  double least, most;            /* so do those below and above */
};

/* What the file says of an array. */
struct trajectory_packing trajectory_packing_of(struct array_source *source, const char *key);

/* Stored values become those that they stand for. E_INPUT: one stands for nothing; messages begin with `name`, and tell
 * its place in rows of `row` values. */
enum vordec_status trajectory_unpack(const struct trajectory_packing *packing, const char *name, double *values,
                                     size_t count, size_t row, struct vordec_error *error);

#endif
