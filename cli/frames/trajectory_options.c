/* SPDX-License-Identifier: MIT */
#include "trajectory_options.h"

const struct option_spec trajectory_options[6] = {
    {"traj", "FILE", "the file with the frames, in a layout that vordec knows; --key names the array in any other file",
     TO_INPUT(struct trajectory_request, path)},
    {"key", "NAME", "the array that holds the frames; for velocities, the names of u and v with a comma between them",
     TO_WORD(struct trajectory_request, key), .not_empty = true},
    {"axes", "LETTERS",
     "what the axes of the array are, such as b,t,y,x,c: sample, time, y, x, component; 1 is an axis of length one, "
     "which is ignored",
     TO_WORD(struct trajectory_request, axes), .rare = true},
    {"sample", "I", "which sample to take, counted from 0", TO_WORD(struct trajectory_request, sample), .rare = true},
    {"frames", "A:B:S", "take every S-th frame from A up to but not including B; negative numbers count from the end",
     TO_WORD(struct trajectory_request, frames)},
    {"velocity", NULL, "the array holds velocities, and the frames are their curl",
     TO_FLAG(struct trajectory_request, velocity), .rare = true},
};
