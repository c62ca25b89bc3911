/* States that an encoder made, as their file describes them. */
#ifndef VORDEC_CLI_ENCODED_STATES_H
#define VORDEC_CLI_ENCODED_STATES_H

#include "formats/state_output.h"
#include "science/encode.h"

/* What states that are encoded so were made with; box: the side, NAN where it is unknown. */
struct state_settings encoded_states_settings(const struct encode_desc *desc, double box);

/* What a file says of states that were encoded so: all but z, count, batched, dt and seed. Points into info. */
struct state_output encoded_states_output(const struct encode_desc *desc, const struct encode_info *info, double box);

#endif
