/* SPDX-License-Identifier: MIT */
/* The struct that a command asks its options into. */
#ifndef VORDEC_CLI_OPTIONS_OPTION_FILL_H
#define VORDEC_CLI_OPTIONS_OPTION_FILL_H

#include "cli/command.h"

/* Fills the request, command->request_size zeroed bytes, with the defaults and what was given. E_USAGE: a value that an
 * option does not take, an option under two names, a required one that is missing, --metrics-json where no metrics are
 * written, or two options that mean one file. Texts are those of the command line. */
enum vordec_status option_fill(const struct command *command, const struct invocation *invocation, void *request,
                               struct vordec_error *error);

#endif
