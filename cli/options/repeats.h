/* SPDX-License-Identifier: MIT */
/* Options that are given more than once, with values that differ: the last one counts, and a warning says so. */
#ifndef VORDEC_CLI_OPTIONS_REPEATS_H
#define VORDEC_CLI_OPTIONS_REPEATS_H

#include <vordec/types.h>

#include "option_list.h"

/* What one option on the command line says: the value of a configuration's key, or, where there is none, its own. */
struct said {
  const char *option; /* without dashes */
  const char *section, *key, *value;
};

/* In the order of the command line. Zeroed: empty; nothing that it points to belongs to it. */
struct repeats {
  struct said *list;
  size_t count;
};

/* Makes room for what a command line of so many words can say. */
enum vordec_status repeats_make(struct repeats *repeats, int argc, struct vordec_error *error);
void repeats_release(struct repeats *repeats);

/* Takes down an option and its value, NULL for a flag. Both have to last as long as `repeats`. */
void repeats_note(struct repeats *repeats, const struct option_entry *entry, const char *value);

/* Warns once of each option or key whose last value differs from one that it had before. Values of keys are compared
 * as their types read them, so that 0.1 and 0.10 are the same. */
void repeats_warn(const struct repeats *repeats);

#endif
