/* SPDX-License-Identifier: MIT */
/* A configuration as an INI text: every key with its value in force, and where that came from in the comment above. */
#ifndef VORDEC_CLI_OPTIONS_EFFECTIVE_H
#define VORDEC_CLI_OPTIONS_EFFECTIVE_H

#include <stdio.h>
#include <vordec/vordec.h>

/* Reads back with the same values if they came from a file. defaults: what is the same there is left out; or NULL. */
void effective_write(FILE *stream, const struct vordec_config *config, const struct vordec_config *defaults);

#endif
