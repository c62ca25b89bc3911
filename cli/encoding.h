/* How fields become states, as options and the configuration say it. */
#ifndef VORDEC_CLI_ENCODING_H
#define VORDEC_CLI_ENCODING_H

#include "command.h"
#include "science/encode.h"

/* What is asked of an encoder. */
struct encoding {
  struct encode_desc desc;
  const char *modes; /* in words */
};

/* Options that every command with an encoder has; they fill a struct encoding. */
#define ENCODING_OPTIONS 6
extern const struct option_spec encoding_options[ENCODING_OPTIONS];

/* Completes desc: by what the words say, and by what the configuration does: [mask], and the threads. Where that says
 * auto, desc has what suits a periodic box; a width that does is left to encoding_fit(). E_USAGE: an unknown word. */
enum vordec_status encoding_configure(const struct vordec_config *config, struct encoding *encoding,
                                      struct vordec_error *error);

/* Makes it fit the grid, which is known now: the same share of the box at every N if the width is auto. */
void encoding_fit(size_t n, struct encode_desc *desc);

#endif
