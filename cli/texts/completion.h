/* SPDX-License-Identifier: MIT */
/* Completion of the command line, for shells. */
#ifndef VORDEC_CLI_TEXTS_COMPLETION_H
#define VORDEC_CLI_TEXTS_COMPLETION_H

#include <stdio.h>

void completion_write_bash(FILE *out);
void completion_write_zsh(FILE *out);

#endif
