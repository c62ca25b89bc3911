/* SPDX-License-Identifier: MIT */
/* The frames of a trajectory in a file: vorticity, or velocity whose curl it is. */
#ifndef VORDEC_FORMATS_TRAJECTORY_H
#define VORDEC_FORMATS_TRAJECTORY_H

#include "trajectory_layout.h"
#include "trajectory_packing.h"
#include "trajectory_positions.h"

struct trajectory {
  const char *path; /* of the request */
  struct trajectory_layout layout;
  size_t n, frames;
  struct trajectory_choice choice; /* its names are the trajectory's */
  double dt;                       /* time from frame to frame; NAN: the file does not say */
  struct trajectory_time_units time_units;
  struct trajectory_grid grid;
  int64_t seed; /* -1: likewise */
  struct array_slabs *slabs[2];
  struct trajectory_packing packing[2]; /* of each array */
  struct array_source *source;          /* of a series */
  double *raw;
  bool ends_known; /* positions, the user or a frame have said that the last points are not the first ones again */
};

/* Opens the frames that the request names, at least one. E_INPUT: as trajectory_layout_find(); a grid that is not
 * square or whose positions are not equally spaced; samples or frames that are not there. Messages name file and array.
 */
enum vordec_status trajectory_open(const struct trajectory_request *request, struct trajectory *trajectory,
                                   struct vordec_error *error);

/* How many values a frame has for each cell: 1, or 2 for a velocity. */
static inline size_t trajectory_components(const struct trajectory *trajectory) {
  return trajectory->layout.velocity ? 2 : 1;
}

/* Copies frame i: components x n x n, axis 0 = y; it must be finite. One thread at a time. */
enum vordec_status trajectory_frame(struct trajectory *trajectory, size_t i, double *values,
                                    struct vordec_error *error);

/* Accepts a zeroed or half-opened trajectory. */
void trajectory_release(struct trajectory *trajectory);

#endif
