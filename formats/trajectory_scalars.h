/* SPDX-License-Identifier: MIT */
/* Numbers that stand beside frames, as 'vordec simulate' writes them: N, dt, stride and seed. */
#ifndef VORDEC_FORMATS_TRAJECTORY_SCALARS_H
#define VORDEC_FORMATS_TRAJECTORY_SCALARS_H

#include "trajectory_layout.h"

struct trajectory_scalars {
  double dt;    /* time from one frame of the file to the next; NAN: the file does not say */
  int64_t seed; /* -1: likewise */
};

/* n: the side of the frames' grid. E_INPUT: the file says another one, or numbers that cannot be. */
enum vordec_status trajectory_scalars_read(struct array_source *source, const struct trajectory_layout *layout,
                                           size_t n, struct trajectory_scalars *scalars, struct vordec_error *error);

#endif
