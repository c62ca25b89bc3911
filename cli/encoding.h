/* How fields become states, as options and the configuration say it. */
#ifndef VORDEC_CLI_ENCODING_H
#define VORDEC_CLI_ENCODING_H

#include "command.h"
#include "science/encode.h"

/* Options that every command with an encoder has; they fill a struct encode_desc. */
#define ENCODING_OPTIONS 5
extern const struct option_spec encoding_options[ENCODING_OPTIONS];

/* Adds what the configuration says: [mask], and the threads. Where it says auto, desc has what suits a periodic box;
 * a width that does is left to encoding_fit(). */
void encoding_configure(const struct vordec_config *config, struct encode_desc *desc);

/* Makes it fit the grid, which is known now: the same share of the box at every N if the width is auto. */
void encoding_fit(size_t n, struct encode_desc *desc);

#endif
