/* SPDX-License-Identifier: MIT */
/* What --help and --help-config print. */
#ifndef VORDEC_CLI_OPTIONS_HELP_H
#define VORDEC_CLI_OPTIONS_HELP_H

#include "cli/command.h"
#include "option_parse.h"

/* To stdout. HELP_OWN: what the command does, its own options and two examples; HELP_CONFIG: the options that it
 * shares with others, and the settings that it uses. */
void help_print(const struct command *command, enum help_wanted wanted);

#endif
