/* SPDX-License-Identifier: MIT */
/* Fields that decodes of the rig's states fill, in double, and what they ought to be. */
#ifndef VORDEC_TESTS_CORE_FIELDS_H
#define VORDEC_TESTS_CORE_FIELDS_H

#include "rig.h"

/* Of `count` states. */
struct fields {
  double *lp, *hat;
  int8_t *mask;
  struct vordec_scalars *scalars;
};

struct fields fields_make(size_t count);
void fields_free(struct fields *fields);

/* A decode of the states into the fields. */
struct vordec_decode_io fields_io(const double *z, size_t count, const struct fields *fields);

/* Re sum_k c_k exp(i k.x) of the rig's five modes, written out: k = 0, +-1 along x, +-1 along y. */
double fields_direct_sum(const double *z, size_t cell);

#endif
