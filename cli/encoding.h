/* SPDX-License-Identifier: MIT */
/* How fields become states, as options and the configuration say it. */
#ifndef VORDEC_CLI_ENCODING_H
#define VORDEC_CLI_ENCODING_H

#include "command.h"

/* What is asked of an encoder; [mask] and [encode] of the configuration say the rest. */
struct encoding {
  struct vordec_encoder_desc desc; /* n is known when the fields are */
  const char *modes;               /* desc.modes in words */
  uint32_t threads;                /* of what is computed beside the encoder; 0: all */
};

/* Options that every command with an encoder has; they fill a struct encoding. */
#define ENCODING_OPTIONS 4
extern const struct option_spec encoding_options[ENCODING_OPTIONS];

/* Completes what the words and the configuration leave to say. */
void encoding_configure(const struct vordec_config *config, struct encoding *encoding);

#endif
