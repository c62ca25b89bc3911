/* SPDX-License-Identifier: MIT */
/* In which units a file gives positions and times, where its attribute `units` says so. */
#ifndef VORDEC_FORMATS_TRAJECTORY_UNITS_H
#define VORDEC_FORMATS_TRAJECTORY_UNITS_H

#include "trajectory_layout.h"

struct trajectory_time_units {
  char text[ARRAY_NAME_MAX]; /* as the file names them, if they are converted, or not known; else empty */
  bool dates;                /* they are NumPy's, and in seconds already */
  double size;               /* what times are multiplied by: to seconds; 1: they stay as they are */
};

/* Whether an array holds NumPy's dates or spans of time, which are read in seconds; the unit is its attribute `units`.
 */
bool trajectory_units_are_dates(struct array_source *source, const char *name);

/* Of the array of times. They become seconds, but where the frames are given per day, say, they stay days. E_INPUT:
 * they and the frames are given in different units of time, that of the frames not seconds. */
enum vordec_status trajectory_units_times(struct array_source *source, const struct trajectory_layout *layout,
                                          struct trajectory_time_units *units, struct vordec_error *error);

/* E_INPUT: u and v, as arrays of their own, are given in different units. */
enum vordec_status trajectory_units_components(struct array_source *source, const struct trajectory_layout *layout,
                                               struct vordec_error *error);

/* E_INPUT: the positions along an axis, over such a side, are angles, or lengths in another unit than that of the
 * velocities. */
enum vordec_status trajectory_units_check(struct array_source *source, const struct trajectory_layout *layout,
                                          size_t which, double side, struct vordec_error *error);

#endif
