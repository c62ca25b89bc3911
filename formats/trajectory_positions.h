/* SPDX-License-Identifier: MIT */
/* Where the points of a trajectory's grid are, and when its frames, as arrays of the file say. */
#ifndef VORDEC_FORMATS_TRAJECTORY_POSITIONS_H
#define VORDEC_FORMATS_TRAJECTORY_POSITIONS_H

#include "trajectory_layout.h"

struct trajectory_grid {
  double box;         /* side of the box; NAN: the file does not say */
  bool descending[3]; /* by TRAJECTORY_X, TRAJECTORY_Y: positions fall along the axis */
};

/* The chosen frames: frame i is the file's first + i * stride. */
struct trajectory_choice {
  size_t sample, first, stride, frames;
  char (*names)[ARRAY_NAME_MAX]; /* of all frames of a series */
};

/* E_INPUT: positions that are not equally spaced, or a box that is not square. */
enum vordec_status trajectory_positions_grid(struct array_source *source, const struct trajectory_layout *layout,
                                             size_t n, size_t sample, struct trajectory_grid *grid,
                                             struct vordec_error *error);

/* The time from frame to frame into *dt, which stays as it is where the file does not say. E_INPUT: it is not the same
 * everywhere. */
enum vordec_status trajectory_positions_dt(struct array_source *source, const struct trajectory_layout *layout,
                                           const struct trajectory_choice *choice, double *dt,
                                           struct vordec_error *error);

#endif
