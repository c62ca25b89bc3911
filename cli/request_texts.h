/* SPDX-License-Identifier: MIT */
/* What a command was asked for, as texts by name: what a run that goes on where another ended has to be given again. */
#ifndef VORDEC_CLI_REQUEST_TEXTS_H
#define VORDEC_CLI_REQUEST_TEXTS_H

#include <cjson/cJSON.h>

#include "command.h"

/* Everything that results depend on: version, options that are compared, configuration; of input files the hash of
 * their content. request: what the command's options have filled. *texts is the caller's. E_IO, E_INPUT: an input
 * cannot be read. */
enum vordec_status request_texts_make(const struct command *command, const void *request,
                                      const struct vordec_config *config, cJSON **texts, struct vordec_error *error);

/* A recorded text as it would be recorded now: an FFT by the name that it has today. */
const char *request_text_now(const char *name, const char *text);

#endif
