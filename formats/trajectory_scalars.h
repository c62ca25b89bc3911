/* SPDX-License-Identifier: MIT */
/* Numbers that stand beside frames, as 'vordec simulate' writes them: N, dt, stride and seed. */
#ifndef VORDEC_FORMATS_TRAJECTORY_SCALARS_H
#define VORDEC_FORMATS_TRAJECTORY_SCALARS_H

#include "trajectory_layout.h"

struct trajectory_scalars {
  double dt;    /* time from one frame of the file to the next; NAN: the file does not say */
  int64_t seed; /* -1: likewise */
};

/* n: the side of the frames' grid; timed: dt is wanted. E_INPUT: the file says another n, or numbers that cannot be. */
enum vordec_status trajectory_scalars_read(struct array_source *source, const struct trajectory_layout *layout,
                                           size_t n, bool timed, struct trajectory_scalars *scalars,
                                           struct vordec_error *error);

/* The one or two elements of an array of at most two axes, and in *count how many; 0: it has more, is something else,
 * or is not there. E_NO_MEMORY. */
enum vordec_status trajectory_scalars_elements(struct array_source *source, const char *name, double values[2],
                                               size_t *count, struct vordec_error *error);

#endif
