/* SPDX-License-Identifier: MIT */
/* The vorticity of a trajectory's frames: as the file holds it, or the curl of its velocities. */
#ifndef VORDEC_TRAJECTORIES_TRAJECTORY_VORTICITY_H
#define VORDEC_TRAJECTORIES_TRAJECTORY_VORTICITY_H

#include "trajectory_remarks.h"

struct curl;

struct trajectory_vorticity {
  struct trajectory trajectory;
  struct curl *curl; /* NULL: the file holds vorticities */
  double *velocity;
};

/* Opens a trajectory, and tells what was taken for granted. Errors as trajectory_open(). The request's path is
 * borrowed. */
enum vordec_status trajectory_vorticity_open(const struct trajectory_request *request,
                                             const struct trajectory_listener *listener,
                                             struct trajectory_vorticity *vorticity, struct vordec_error *error);

/* Copies the vorticity of frame i, n x n, axis 0 = y. Errors as trajectory_frame(). One thread at a time. */
enum vordec_status trajectory_vorticity_frame(struct trajectory_vorticity *vorticity, size_t i, double *omega,
                                              struct vordec_error *error);

/* Accepts a zeroed or half-opened one. */
void trajectory_vorticity_release(struct trajectory_vorticity *vorticity);

#endif
