#include "encoding.h"

#include <string.h>
#include <vordec/error.h>

#include "core/base/modes.h"

const struct option_spec encoding_options[ENCODING_OPTIONS] = {
    {"k-cut", "K", "low modes are those with |k| <= K", .initial = "8", TO_REAL(struct encoding, desc.k_cut)},
    {"resid-mid-cut", "K", "the mid band reaches to |k| <= K, the high band lies beyond", .initial = "12",
     TO_REAL(struct encoding, desc.resid_mid_cut)},
    {"topk-mid", "COUNT",
     "modes of the mid band to keep, the largest of the first frame; both of a conjugate pair count, however they are "
     "stored",
     .initial = "128", TO_COUNT(struct encoding, desc.topk_mid, 0, (size_t)VORDEC_MAX_N *VORDEC_MAX_N)},
    {"modes", "WHICH",
     "half: of each pair of conjugate modes one is stored, doubled, which gives the same fields; full: both, as files "
     "of older versions have them",
     .initial = "half", TO_WORD(struct encoding, modes), ONE_OF("half", "full")},
    {"tau", "TAU", SETS("mask", "tau")},
    {"smooth-k", "W", SETS("mask", "smooth_width")},
};

static enum vordec_status read_modes(const char *word, enum vordec_modes *modes, struct vordec_error *error) {
  for (size_t i = 0; modes_name(i); i++) {
    if (strcmp(word, modes_name(i)) != 0) continue;
    *modes = (enum vordec_modes)i;
    return VORDEC_OK;
  }
  return vordec_fail(error, VORDEC_E_USAGE, 0, "--modes '%.100s': expected half or full", word);
}

enum vordec_status encoding_configure(const struct vordec_config *config, struct encoding *encoding,
                                      struct vordec_error *error) {
  encoding->threads = (uint32_t)vordec_config_get_integer(config, "cpu", "threads");
  return read_modes(encoding->modes, &encoding->desc.modes, error);
}
