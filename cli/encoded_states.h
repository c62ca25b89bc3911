/* SPDX-License-Identifier: MIT */
/* States that an encoder made, as their file describes them. */
#ifndef VORDEC_CLI_ENCODED_STATES_H
#define VORDEC_CLI_ENCODED_STATES_H

#include <vordec/vordec.h>

#include "cli/options/option.h"
#include "formats/state_output.h"

/* What states of an encoder are made with; box: the side, NAN where it is unknown. */
struct state_settings encoded_states_settings(const struct vordec_encoder_info *info, double box);

/* What a file says of states that were encoded so: all but z, count, batched, dt and seed. Points into info. */
struct state_output encoded_states_output(const struct vordec_encoder_desc *desc,
                                          const struct vordec_encoder_info *info, double box);

/* --store, which fills a word that state_store_find() reads. */
#define STATE_STORE_OPTION(request, field)                                                                             \
  {                                                                                                                    \
    "store", "TYPE",                                                                                                   \
        "the type in which states are stored: float64, float32 or float16. float16 comes with a scale for "            \
        "the low modes and one for the kept modes; older versions cannot read it",                                     \
        .initial = "float64", TO_WORD(request, field), ONE_OF("float64", "float32", "float16"), .rare = true           \
  }

#endif
