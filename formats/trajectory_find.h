/* SPDX-License-Identifier: MIT */
/* Finds the frames in a file: a known layout, the array that the user names, or the only one whose shape fits. */
#ifndef VORDEC_FORMATS_TRAJECTORY_FIND_H
#define VORDEC_FORMATS_TRAJECTORY_FIND_H

#include "trajectory_layout.h"

/* E_INPUT: nothing in the file fits, or more than one array does; the message lists what is there. */
enum vordec_status trajectory_find(struct array_source *source, const struct trajectory_request *request,
                                   struct trajectory_layout *layout, struct vordec_error *error);

#endif
