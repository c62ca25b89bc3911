/* SPDX-License-Identifier: MIT */
/* Options of the programs that vordec takes the place of, which it does not have, and why. */
#ifndef VORDEC_CLI_OPTIONS_NOT_OFFERED_H
#define VORDEC_CLI_OPTIONS_NOT_OFFERED_H

/* The reason, which says what to do instead; `argument` as it was typed, "--dpi=200" say. NULL: no such option is
 * known. */
const char *not_offered_reason(const char *command, const char *argument);

#endif
