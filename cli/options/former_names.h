/* SPDX-License-Identifier: MIT */
/* Names that options once had, or have in the programs that vordec takes the place of. They work and are not told of.
 */
#ifndef VORDEC_CLI_OPTIONS_FORMER_NAMES_H
#define VORDEC_CLI_OPTIONS_FORMER_NAMES_H

#include <stddef.h>

struct former_name {
  const char *command; /* whose option it is */
  const char *name, *is;
};

/* The i-th; NULL behind the last. */
const struct former_name *former_name_at(size_t i);

#endif
