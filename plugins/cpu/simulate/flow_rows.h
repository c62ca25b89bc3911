/* SPDX-License-Identifier: MIT */
/*
 * flow_rows.h - the passes of a step along x. Each ends with the waves of what it has made.
 */
#ifndef VORDEC_CPU_FLOW_ROWS_H
#define VORDEC_CPU_FLOW_ROWS_H

#include "flow_space.h"

enum flow_rows_task {
  FLOW_ROWS_BEGIN,   /* the waves of the field */
  FLOW_ROWS_PREDICT, /* viscosity and k1 from the parts; the waves of w + dt k1 */
  FLOW_ROWS_CORRECT, /* k2; the field becomes w + dt (k1 + k2) / 2 */
  FLOW_ROWS_SUM,     /* k2; the waves of k1 + k2, the field stays */
  FLOW_ROWS_ADD,     /* the field gets dt / 2 times what the waves are of */
  FLOW_ROWS_REPLACE  /* the field becomes what the waves are of */
};

/* Goes over all rows of a field (n rows of `pitch` doubles). Returns the first cell that is not finite in the field
 * that it has made; SIZE_MAX if all are finite, or if it has made no field. */
size_t flow_rows(struct flow_space *space, enum flow_rows_task task, double *omega);

#endif
