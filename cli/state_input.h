/* SPDX-License-Identifier: MIT */
/* The states that a command is given, and what their file says of the mask: defaults for the configuration. */
#ifndef VORDEC_CLI_STATE_INPUT_H
#define VORDEC_CLI_STATE_INPUT_H

#include <vordec/vordec.h>

#include "formats/state_file.h"

/* Makes them defaults of the configuration; path is where they stand, in messages. E_INPUT: one that cannot be, unless
 * the configuration overrides it. */
enum vordec_status state_input_apply(const struct state_settings *settings, const char *path,
                                     struct vordec_config *config, struct vordec_error *error);

/* state_file_read(), and then the file's settings become the configuration's defaults. E_INPUT, too, for settings that
 * cannot be. */
enum vordec_status state_input_read(const char *path, struct vordec_config *config, struct state_file *state,
                                    struct vordec_error *error);

#endif
