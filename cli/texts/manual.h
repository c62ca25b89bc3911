/* SPDX-License-Identifier: MIT */
/* The manual: roff text of vordec(1) and of a page for each subcommand. */
#ifndef VORDEC_CLI_TEXTS_MANUAL_H
#define VORDEC_CLI_TEXTS_MANUAL_H

#include <stdio.h>

#include "cli/command.h"

void manual_write_overview(FILE *out);
void manual_write_command(FILE *out, const struct command *command, const struct vordec_config *defaults);

#endif
