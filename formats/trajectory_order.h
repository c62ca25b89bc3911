/* SPDX-License-Identifier: MIT */
/* The order of a frame's values: components, y, x, with x to the right and y upwards, whatever it is in the file. */
#ifndef VORDEC_FORMATS_TRAJECTORY_ORDER_H
#define VORDEC_FORMATS_TRAJECTORY_ORDER_H

#include "trajectory_positions.h"

/* from: a slab of count[axis] values along each of the layout's axes; to: components x n x n. */
void trajectory_put_in_order(const struct trajectory_layout *layout, const struct trajectory_grid *grid, size_t n,
                             const size_t *count, const double *from, double *to);

#endif
