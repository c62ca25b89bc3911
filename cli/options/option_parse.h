/* A command line, read by the command's option list. */
#ifndef VORDEC_CLI_OPTIONS_OPTION_PARSE_H
#define VORDEC_CLI_OPTIONS_OPTION_PARSE_H

#include "cli/command.h"

/* Fills invocation from argv (argv[0] is the command's name): options that set keys do it here, others leave their text
 * for option_fill() in invocation->values, which is the caller's to free. On failure the error says what is wrong. Sets
 * *help if help was asked for. */
enum vordec_status option_parse(const struct command *command, int argc, char **argv, struct invocation *invocation,
                                bool *help, struct vordec_error *error);

#endif
