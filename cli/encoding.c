/* SPDX-License-Identifier: MIT */
#include "encoding.h"

#include <string.h>

const struct option_spec encoding_options[ENCODING_OPTIONS] = {
    {"k-cut", "K", "the low modes are those with |k| <= K", .initial = "8", TO_REAL(struct encoding, desc.k_cut)},
    {"resid-mid-cut", "K", "the mid band reaches up to |k| = K, and the high band lies beyond", .initial = "12",
     TO_REAL(struct encoding, desc.resid_mid_cut)},
    {"topk-mid", "COUNT",
     "how many modes of the mid band to keep: the largest of the first frame. Both modes of a conjugate pair count, "
     "however they are stored",
     .initial = "128", TO_COUNT(struct encoding, desc.topk_mid, 0, (size_t)VORDEC_MAX_N *VORDEC_MAX_N)},
    {"modes", "WHICH",
     "half: store one mode of each conjugate pair, doubled, which decodes to the same fields; full: store both, as "
     "older versions did",
     .initial = "half", TO_WORD(struct encoding, modes), ONE_OF("half", "full"), .rare = true},
};

void encoding_configure(const struct vordec_config *config, struct encoding *encoding) {
  encoding->threads = (uint32_t)vordec_config_get_integer(config, "cpu", "threads");
  encoding->desc.modes = strcmp(encoding->modes, "half") == 0 ? VORDEC_MODES_HALF : VORDEC_MODES_FULL;
}
