/* SPDX-License-Identifier: MIT */
/* Messages about states, which a decode counts within its call. */
#ifndef VORDEC_CLI_STATE_NUMBER_H
#define VORDEC_CLI_STATE_NUMBER_H

#include <vordec/types.h>

/* Counts the state that the message names from the file's first on; first: which one the call began with. */
void state_number_shift(struct vordec_error *error, size_t first);

#endif
