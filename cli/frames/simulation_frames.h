/* The frames of a large-eddy simulation, one a step. */
#ifndef VORDEC_CLI_FRAMES_SIMULATION_FRAMES_H
#define VORDEC_CLI_FRAMES_SIMULATION_FRAMES_H

#include "formats/trajectory_output.h"
#include "frame_source.h"
#include "simulation_setup.h"

/* A simulation at its start: the field of init, or that of noise or drawn noise, smoothed and standardised. Completes
 * setup->les.n. */
enum vordec_status simulation_frames_create(struct simulation_setup *setup, struct frame_source **source,
                                            struct vordec_error *error);

/* What a file says of a simulation like this one, whose setup is complete. */
struct trajectory_desc simulation_frames_desc(const struct simulation_setup *setup);

#endif
