#include "state_settings.h"

const struct state_setting_names state_setting_names[STATE_SETTINGS] = {
    [STATE_TAU] = {"dashi_tau", "tau"},
    [STATE_SMOOTH_WIDTH] = {"dashi_smooth_k", "smooth_width"},
    [STATE_KERNEL] = {"dashi_kernel", "smooth_kernel"},
    [STATE_BOUNDARY] = {"dashi_boundary", "boundary"},
    [STATE_MAJORITY_ITERS] = {"dashi_majority_iters", "majority_iters"},
};
