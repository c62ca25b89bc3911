/* SPDX-License-Identifier: MIT */
/* Writing a trajectory frame by frame; trajectory reads it back. */
#ifndef VORDEC_FORMATS_TRAJECTORY_OUTPUT_H
#define VORDEC_FORMATS_TRAJECTORY_OUTPUT_H

#include <vordec/types.h>

#include "array_storage.h"
#include "field_type.h"

/* What the file says of the simulation. */
struct trajectory_desc {
  size_t n;
  double dt, nu0, cs;
  double box;   /* side of the box; NAN: left out */
  bool dealias; /* two thirds */
  int64_t seed; /* -1: the start was given without one */
  /* of the start's spectrum; NAN: it has none of these, and all are left out */
  double start_peak, start_width, start_rms;
  enum field_type stored; /* what float64 frames become */
  struct array_storage storage;
};

struct trajectory_output;

/* Starts the file: key traj. */
enum vordec_status trajectory_output_create(const char *path, const struct trajectory_desc *desc,
                                            struct trajectory_output **output, struct vordec_error *error);

/* Adds a frame, n x n. E_FAILED: the disk is full and the like. */
enum vordec_status trajectory_output_append(struct trajectory_output *output, const double *omega,
                                            struct vordec_error *error);
size_t trajectory_output_frames(const struct trajectory_output *output);

/* Adds N, dt, nu0, Cs, L, dealias (1 or 0), seed, start_peak, start_width, start_rms, stride and the steps taken, and
 * puts the file in its place. stride: steps from frame to frame. */
enum vordec_status trajectory_output_commit(struct trajectory_output *output, size_t stride, uint64_t steps,
                                            struct vordec_error *error);

/* Drops what was not committed. Accepts NULL. */
void trajectory_output_destroy(struct trajectory_output *output);

#endif
