#include "encoding.h"

const struct option_spec encoding_options[ENCODING_OPTIONS] = {
    {"k-cut", "K", "low modes are those with |k| <= K", .initial = "8", TO_REAL(struct encode_desc, k_cut)},
    {"resid-mid-cut", "K", "the mid band reaches to |k| <= K, the high band lies beyond", .initial = "12",
     TO_REAL(struct encode_desc, resid_mid_cut)},
    {"topk-mid", "COUNT", "modes of the mid band to keep, the largest of the first frame", .initial = "128",
     TO_COUNT(struct encode_desc, topk_mid, 0, (size_t)VORDEC_MAX_N *VORDEC_MAX_N)},
    {"tau", "TAU", SETS("mask", "tau")},
    {"smooth-k", "W", SETS("mask", "smooth_width")},
};

void encoding_configure(const struct vordec_config *config, struct encode_desc *desc) {
  desc->smooth_width = (uint32_t)vordec_config_get_integer(config, "mask", "smooth_width");
  desc->smooth_kernel = (enum vordec_smooth_kernel)vordec_config_get_choice(config, "mask", "smooth_kernel");
  desc->boundary = (enum vordec_boundary)vordec_config_get_choice(config, "mask", "boundary");
  desc->tau = vordec_config_get_real(config, "mask", "tau");
  desc->majority_iters = (uint32_t)vordec_config_get_integer(config, "mask", "majority_iters");
  desc->threads = (uint32_t)vordec_config_get_integer(config, "cpu", "threads");
}
