/* SPDX-License-Identifier: MIT */
/* The frames of a trajectory in a file. */
#ifndef VORDEC_CLI_FRAMES_TRAJECTORY_FRAMES_H
#define VORDEC_CLI_FRAMES_TRAJECTORY_FRAMES_H

#include "formats/trajectory_layout.h"
#include "frame_source.h"

/* Errors as trajectory_open(). */
enum vordec_status trajectory_frames_open(const struct trajectory_request *request, struct frame_source **source,
                                          struct vordec_error *error);

#endif
