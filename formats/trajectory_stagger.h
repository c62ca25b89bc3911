/* SPDX-License-Identifier: MIT */
/* Velocities whose components stand at different points of a cell, as the positions along the axes of each say. */
#ifndef VORDEC_FORMATS_TRAJECTORY_STAGGER_H
#define VORDEC_FORMATS_TRAJECTORY_STAGGER_H

#include "trajectory_positions.h"

/* Completes layout->shift for two arrays whose axes have different names, and layout->unplaced. The grid's points are
 * then at x of v and y of u: the centres of the cells, where u stands on the faces across x and v on those across y.
 * E_INPUT: the positions of the two do not fit together. */
enum vordec_status trajectory_stagger_read(struct array_source *source, const struct trajectory_points *points,
                                           struct trajectory_layout *layout, struct vordec_error *error);

#endif
