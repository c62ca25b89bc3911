/* SPDX-License-Identifier: MIT */
/* The parts of an encode, put together. */
#ifndef VORDEC_CLI_GATHER_STATES_H
#define VORDEC_CLI_GATHER_STATES_H

#include "shard_part.h"

/* Whether a part holds states, or will be put together as one. */
bool gather_states_are(const struct shard_part *part);

/* Writes the file of states whose parts lie beside it; first is part 0's record. E_INPUT: a part is missing, or belongs
 * to something else. E_FAILED: it cannot be written. */
enum vordec_status gather_states(const char *out, const struct shard_record *first, struct vordec_error *error);

#endif
