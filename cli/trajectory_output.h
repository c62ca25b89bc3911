/* Writing a trajectory frame by frame; trajectory reads it back. */
#ifndef VORDEC_CLI_TRAJECTORY_OUTPUT_H
#define VORDEC_CLI_TRAJECTORY_OUTPUT_H

#include "simulation.h"

struct trajectory_output;

/* Starts the file: key traj, float64, or float32 if narrow. setup->les.n is known by now. */
enum vordec_status trajectory_output_create(const char *path, const struct simulation_setup *setup, bool narrow,
                                            struct trajectory_output **output, struct vordec_error *error);

/* Adds the field that the simulation holds. E_FAILED: the disk is full and the like. */
enum vordec_status trajectory_output_append(struct trajectory_output *output, const struct les *les,
                                            struct vordec_error *error);
/* Adds a field, n x n. Errors as above. */
enum vordec_status trajectory_output_append_field(struct trajectory_output *output, const double *omega,
                                                  struct vordec_error *error);
size_t trajectory_output_frames(const struct trajectory_output *output);

/* Adds N, dt, nu0, Cs, seed (-1 if the start was given), stride and the steps taken, and puts the file in its place.
 * stride: steps from frame to frame. */
enum vordec_status trajectory_output_commit(struct trajectory_output *output, size_t stride, uint64_t steps,
                                            struct vordec_error *error);

/* Drops what was not committed. Accepts NULL. */
void trajectory_output_destroy(struct trajectory_output *output);

#endif
