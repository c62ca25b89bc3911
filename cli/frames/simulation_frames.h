/* SPDX-License-Identifier: MIT */
/* The frames of a large-eddy simulation, one a step. */
#ifndef VORDEC_CLI_FRAMES_SIMULATION_FRAMES_H
#define VORDEC_CLI_FRAMES_SIMULATION_FRAMES_H

#include "formats/trajectory_output.h"
#include "frame_source.h"
#include "simulation_setup.h"

/* A simulation at its start: the field of init, or that of noise or drawn noise, smoothed and standardised. Completes
 * setup->les.n. The runtime, whose configuration says who simulates, is borrowed. */
enum vordec_status simulation_frames_create(struct simulation_setup *setup, struct vordec_runtime *runtime,
                                            struct frame_source **source, struct vordec_error *error);

/* The simulation that the frames are of; NULL: they are in a file, or source is NULL. */
struct vordec_simulation *simulation_frames_simulation(const struct frame_source *source);

/* What a file says of a simulation like this one, whose setup is complete. */
struct trajectory_desc simulation_frames_desc(const struct simulation_setup *setup);

#endif
