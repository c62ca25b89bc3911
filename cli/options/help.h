/* What --help prints. */
#ifndef VORDEC_CLI_OPTIONS_HELP_H
#define VORDEC_CLI_OPTIONS_HELP_H

#include "cli/command.h"

/* The command's texts and its option list, to stdout. */
void help_print(const struct command *command);

#endif
