/* SPDX-License-Identifier: MIT */
/* Which arrays of a file have the positions along the axes of its frames. */
#ifndef VORDEC_FORMATS_TRAJECTORY_COORDINATES_H
#define VORDEC_FORMATS_TRAJECTORY_COORDINATES_H

#include "trajectory_layout.h"

/* Fills in the layout's positions: arrays with the names of its first array's axes (netCDF), or such as lie where
 * positions usually do. */
void trajectory_coordinates_find(struct array_source *source, struct trajectory_layout *layout);

#endif
