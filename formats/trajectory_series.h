/* SPDX-License-Identifier: MIT */
/* A series: frames that are arrays of their own, KEY/STEP. */
#ifndef VORDEC_FORMATS_TRAJECTORY_SERIES_H
#define VORDEC_FORMATS_TRAJECTORY_SERIES_H

#include "array_source.h"

/* The names of its arrays in the order of the steps; free() them. There may be none. */
enum vordec_status trajectory_series_find(struct array_source *source, const char *key, char (**names)[ARRAY_NAME_MAX],
                                          size_t *count, struct vordec_error *error);

#endif
