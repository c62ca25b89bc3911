/* SPDX-License-Identifier: MIT */
/* Options that are given more than once, with values that differ: the last one counts, and a warning says so. */
#ifndef VORDEC_CLI_OPTIONS_REPEATS_H
#define VORDEC_CLI_OPTIONS_REPEATS_H

#include "cli/command.h"

/* Warns if the command line has said something else for the key, before `option`, without dashes, says `value`. To be
 * called before the key is set. */
void repeats_note_key(const struct invocation *invocation, const char *section, const char *key, const char *value,
                      const char *option);

/* Warns if `before`, the value that the option had before, is there and differs from `value`. */
void repeats_note_value(const char *option, const char *before, const char *value);

#endif
