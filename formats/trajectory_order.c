/* SPDX-License-Identifier: MIT */
#include "trajectory_order.h"

#include <string.h>

/* Where a step along an axis of the slab leads among the values in order: backwards where positions fall along it, or
 * the components come the other way round. */
static ptrdiff_t step_of(const struct trajectory_layout *layout, const struct trajectory_grid *grid, ptrdiff_t n,
                         char letter) {
  if (letter == 'x') return grid->descending[TRAJECTORY_X] ? -1 : 1;
  if (letter == 'y') return grid->descending[TRAJECTORY_Y] ? -n : n;
  if (letter == 'c') return layout->v_first ? -n * n : n * n;
  return 0;
}

void trajectory_put_in_order(const struct trajectory_layout *layout, const struct trajectory_grid *grid, size_t n,
                             const size_t *count, const double *from, double *to) {
  const size_t ndim = strlen(layout->axes);
  ptrdiff_t step[NPY_MAX_NDIM], at = 0;
  size_t index[NPY_MAX_NDIM] = {0}, total = 1;
  for (size_t axis = 0; axis < ndim; axis++) {
    step[axis] = step_of(layout, grid, (ptrdiff_t)n, layout->axes[axis]);
    total *= count[axis];
    if (step[axis] < 0) at -= step[axis] * (ptrdiff_t)(count[axis] - 1);
  }
  for (size_t i = 0; i < total; i++) {
    to[at] = from[i];
    for (size_t axis = ndim; axis-- > 0;) {
      at += step[axis];
      if (++index[axis] < count[axis]) break;
      at -= step[axis] * (ptrdiff_t)index[axis];
      index[axis] = 0;
    }
  }
}
