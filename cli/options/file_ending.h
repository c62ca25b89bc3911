/* SPDX-License-Identifier: MIT */
/* Names of files that are written: the ending must not promise another format than the file will have. */
#ifndef VORDEC_CLI_OPTIONS_FILE_ENDING_H
#define VORDEC_CLI_OPTIONS_FILE_ENDING_H

#include <vordec/types.h>

#include "option.h"

/* E_USAGE: spec->ending says what the option writes, and the path ends like a file of another known format. Endings
 * that name no format (run.1, a temporary name, none at all) will do. */
enum vordec_status file_ending_check(const struct option_spec *spec, const char *path, struct vordec_error *error);

#endif
