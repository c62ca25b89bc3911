/* SPDX-License-Identifier: MIT */
/* Which of a file's frames are wanted: one sample of several, and some frames of it. */
#ifndef VORDEC_FORMATS_TRAJECTORY_CHOICE_H
#define VORDEC_FORMATS_TRAJECTORY_CHOICE_H

#include "trajectory_layout.h"

/* Frame i is the file's first + i * stride. */
struct trajectory_choice {
  size_t sample, first, stride, frames;
  char (*names)[ARRAY_NAME_MAX]; /* of all frames of a series; somebody else's */
};

/* Chooses among that many samples and frames; the names stay as they are. E_INPUT: what the request names is not there,
 * or it names no sample where there are several. */
enum vordec_status trajectory_choose(const struct trajectory_request *request, const struct trajectory_layout *layout,
                                     size_t samples, size_t frames, struct trajectory_choice *choice,
                                     struct vordec_error *error);

#endif
