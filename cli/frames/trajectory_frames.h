/* The frames of a trajectory in a file. */
#ifndef VORDEC_CLI_FRAMES_TRAJECTORY_FRAMES_H
#define VORDEC_CLI_FRAMES_TRAJECTORY_FRAMES_H

#include "frame_source.h"

/* Errors as trajectory_read(). */
enum vordec_status trajectory_frames_open(const char *path, struct frame_source **source, struct vordec_error *error);

#endif
