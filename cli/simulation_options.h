/* SPDX-License-Identifier: MIT */
/* The options of a simulation. */
#ifndef VORDEC_CLI_SIMULATION_OPTIONS_H
#define VORDEC_CLI_SIMULATION_OPTIONS_H

#include "command.h"
#include "frames/simulation_setup.h"

#define STEPS_MAX 1000000000u

/* Options that every command with a simulation has; they fill a struct simulation_setup. Between the two come --stride
 * and --dt, whose meaning is the command's to say. */
#define SIMULATION_GRID_OPTIONS 2
#define SIMULATION_FLOW_OPTIONS 12
extern const struct option_spec simulation_grid_options[SIMULATION_GRID_OPTIONS];
extern const struct option_spec simulation_flow_options[SIMULATION_FLOW_OPTIONS];

/* Completes what the options, and box_configured(), have filled: the steps and the box where none were given, and what
 * the simulation is given of start, viscosity and dealiasing. E_USAGE: two starts, or a time that does not go on. */
enum vordec_status simulation_configure(struct simulation_setup *setup, struct vordec_error *error);

#endif
