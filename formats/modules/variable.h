/* SPDX-License-Identifier: MIT */
/*
 * variable.h - what vordec's arrays are in the terms of netCDF and the CF conventions: dimensions, units, long names.
 *
 * The conventions: cfconventions.org, version 1.9, the first that knows integers of 8 bytes.
 */
#ifndef VORDEC_FORMATS_VARIABLE_H
#define VORDEC_FORMATS_VARIABLE_H

#include "formats/array_source.h"

#define VARIABLE_CONVENTIONS "CF-1.9"
#define VARIABLE_DIMS 3

#define VARIABLE_SAMPLE "sample" /* the dimension of states and fields that have no times */
#define VARIABLE_TIME "time"
#define VARIABLE_STEP "step" /* the array that says of each field which step it is */

struct variable_kind {
  const char *name; /* of the array */
  const char *long_name;
  const char *dims[VARIABLE_DIMS]; /* of its axes, the last ones; NULL: it has fewer */
  const char *units;               /* NULL: it has none */
  const char *meanings;            /* of its values, bytes that count up, one word each; NULL: they are numbers */
  signed char first;               /* the value of the first word */
};

/* What is known of an array; NULL: nothing. Static. */
const struct variable_kind *variable_kind_of(const char *name);

/* How an axis of an array is called. A name of its own where nothing is known: dim_LENGTH. */
void variable_dim(const struct variable_kind *kind, uint32_t ndim, uint32_t axis, size_t length,
                  char name[ARRAY_NAME_MAX]);

#endif
