/* SPDX-License-Identifier: MIT */
/* In which units a file gives positions and times, where its attribute `units` says so. */
#ifndef VORDEC_FORMATS_TRAJECTORY_UNITS_H
#define VORDEC_FORMATS_TRAJECTORY_UNITS_H

#include "trajectory_layout.h"

/* How many seconds one of the times of an array is; 1: a second, or the file does not say. */
double trajectory_units_time(struct array_source *source, const char *key, char units[ARRAY_NAME_MAX]);

/* E_INPUT: the positions along an axis are angles, or lengths in another unit than that of the velocities. */
enum vordec_status trajectory_units_check(struct array_source *source, const struct trajectory_layout *layout,
                                          size_t which, struct vordec_error *error);

#endif
