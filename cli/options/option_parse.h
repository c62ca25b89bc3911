/* SPDX-License-Identifier: MIT */
/* A command line, read by the command's option list. */
#ifndef VORDEC_CLI_OPTIONS_OPTION_PARSE_H
#define VORDEC_CLI_OPTIONS_OPTION_PARSE_H

#include "cli/command.h"

enum help_wanted {
  HELP_NONE,
  HELP_OWN,   /* --help */
  HELP_ALL,   /* --help-all */
  HELP_CONFIG /* --help-config */
};

/* Fills invocation from argv (argv[0] is the command's name): options that set keys do it here, others leave their text
 * for option_fill() in invocation->values, which is the caller's to free. On failure the error says what is wrong. Sets
 * *help to the help that was asked for. */
enum vordec_status option_parse(const struct command *command, int argc, char **argv, struct invocation *invocation,
                                enum help_wanted *help, struct vordec_error *error);

#endif
