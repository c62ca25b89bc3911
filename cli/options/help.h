/* SPDX-License-Identifier: MIT */
/* What --help, --help-config and --help-all print. */
#ifndef VORDEC_CLI_OPTIONS_HELP_H
#define VORDEC_CLI_OPTIONS_HELP_H

#include "cli/command.h"
#include "option_parse.h"

/* To stdout. HELP_OWN: what the command does, its usual options and two examples, on one screen; HELP_CONFIG: the
 * options that it shares with others, and the settings that it uses; HELP_ALL: both, and what HELP_OWN leaves out. */
void help_print(const struct command *command, enum help_wanted wanted);

#endif
