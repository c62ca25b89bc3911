/* SPDX-License-Identifier: MIT */
#include "state_settings.h"

const struct state_setting_names state_setting_names[STATE_SETTINGS] = {
    [STATE_TAU] = {"dashi_tau", "mask", "tau", true},
    [STATE_SMOOTH_WIDTH] = {"dashi_smooth_k", "mask", "smooth_width", false},
    [STATE_KERNEL] = {"dashi_kernel", "mask", "smooth_kernel", false},
    [STATE_BOUNDARY] = {"dashi_boundary", "mask", "boundary", false},
    [STATE_MAJORITY_ITERS] = {"dashi_majority_iters", "mask", "majority_iters", false},
    [STATE_BOX] = {"L", "metrics", "box", true},
};
