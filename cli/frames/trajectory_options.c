/* SPDX-License-Identifier: MIT */
#include "trajectory_options.h"

const struct option_spec trajectory_options[6] = {
    {"traj", "FILE", "the frames: a file of a known layout, or see --key", TO_INPUT(struct trajectory_request, path)},
    {"key", "NAME", "the array that holds them; two with a comma between for u and v",
     TO_WORD(struct trajectory_request, key)},
    {"axes", "LETTERS",
     "what its axes are, such as b,t,y,x,c: sample, time, y, x, component; 1: an axis of one entry, which is ignored",
     TO_WORD(struct trajectory_request, axes)},
    {"sample", "I", "the sample to take, counted from 0", TO_WORD(struct trajectory_request, sample)},
    {"frames", "A:B:S", "take every S-th frame from A up to B, without B; negative numbers count from the end",
     TO_WORD(struct trajectory_request, frames)},
    {"velocity", NULL, "the array holds velocities: take their curl", TO_FLAG(struct trajectory_request, velocity)},
};
