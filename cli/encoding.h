/* How fields become states, as options and the configuration say it. */
#ifndef VORDEC_CLI_ENCODING_H
#define VORDEC_CLI_ENCODING_H

#include "command.h"
#include "formats/state_output.h"
#include "science/encode.h"

/* Options that every command with an encoder has, from some index of its table on. */
enum encoding_option {
  ENCODING_K_CUT,
  ENCODING_RESID_MID_CUT,
  ENCODING_TOPK_MID,
  ENCODING_TAU,
  ENCODING_SMOOTH_K,
  ENCODING_OPTIONS
};

/* Their entries, where index `base` is the first's. */
#define ENCODING_OPTION_TABLE(base)                                                                                    \
  [(base) +                                                                                                            \
      ENCODING_K_CUT] = {"k-cut", "K", "low modes are those with |k| <= K. Default: 8"},                               \
      [(base) +                                                                                                        \
          ENCODING_RESID_MID_CUT] = {"resid-mid-cut", "K",                                                             \
                                     "the mid band reaches to |k| <= K, the high band lies beyond. Default: 12"},      \
      [(base) + ENCODING_TOPK_MID] = {"topk-mid", "COUNT",                                                             \
                                      "modes of the mid band to keep, the largest of the first frame. Default: 128"},  \
      [(base) + ENCODING_TAU] = {"tau", "TAU", "another name of --mask-tau"},                                          \
      [(base) + ENCODING_SMOOTH_K] = {"smooth-k", "W", "another name of --mask-smooth-width"}

/* Those of them that are other names of INI keys, for the command's table of such. */
#define ENCODING_ALIASES(base)                                                                                         \
  {(base) + ENCODING_TAU, "mask", "tau", NULL}, {                                                                      \
    (base) + ENCODING_SMOOTH_K, "mask", "smooth_width", NULL                                                           \
  }

/* Fills the description, all but n, from the options and the configuration. */
enum vordec_status encoding_read(const struct invocation *invocation, int base, struct encode_desc *desc,
                                 struct vordec_error *error);

/* What a file says of states that were encoded so: all but z, count, batched, dt and seed. Points into info. */
struct state_output encoding_output(const struct encode_desc *desc, const struct encode_info *info);

#endif
