/* SPDX-License-Identifier: MIT */
/* Where the points of a trajectory's grid are, and when its frames, as arrays of the file say. */
#ifndef VORDEC_FORMATS_TRAJECTORY_POSITIONS_H
#define VORDEC_FORMATS_TRAJECTORY_POSITIONS_H

#include "trajectory_choice.h"
#include "trajectory_units.h"

struct trajectory_grid {
  double box;         /* side of the box; NAN: the file does not say */
  bool descending[3]; /* by TRAJECTORY_X, TRAJECTORY_Y: positions fall along the axis */
  bool counted;       /* the side follows from positions that only count the points */
  bool placed;        /* the points are all different: their positions say so, or the user names the box */
};

struct trajectory_points {
  size_t n, sample;
  double box; /* the side that the user says; 0: none */
};

/* E_INPUT: positions that are not equally spaced or repeat the first point at the end, a box that is not square, or
 * one of which the file says two things. */
enum vordec_status trajectory_positions_grid(struct array_source *source, const struct trajectory_layout *layout,
                                             const struct trajectory_points *points, struct trajectory_grid *grid,
                                             struct vordec_error *error);

/* The time from frame to frame into *dt, which stays as it is where the file does not say, and what there is to say of
 * its units. E_INPUT: it is not the same everywhere, or trajectory_units_times(). */
enum vordec_status trajectory_positions_dt(struct array_source *source, const struct trajectory_layout *layout,
                                           const struct trajectory_choice *choice, double *dt,
                                           struct trajectory_time_units *units, struct vordec_error *error);

#endif
