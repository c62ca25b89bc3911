/* SPDX-License-Identifier: MIT */
/* Options that say where the frames of a trajectory are; of every command that reads one. */
#ifndef VORDEC_CLI_FRAMES_TRAJECTORY_OPTIONS_H
#define VORDEC_CLI_FRAMES_TRAJECTORY_OPTIONS_H

#include "cli/options/option.h"
#include "formats/trajectory_layout.h"

/* --traj, --key ..; they fill a struct trajectory_request. */
extern const struct option_spec trajectory_options[6];

/* What --help says below the options, where a command reads a trajectory. */
#define TRAJECTORY_DETAILS                                                                                             \
  "A trajectory is read from .npz, .npy, HDF5, netCDF and MATLAB files. Known layouts (vordec's\n"                     \
  "own, The Well, Dedalus, PDEBench, jax-cfd, FourierFlows, FNO) need no option, nor does a file\n"                    \
  "with one array of a fitting shape. Otherwise --key and --axes say what is what. See your-data.md."

#endif
