/* SPDX-License-Identifier: MIT */
/* Names of files that are written: the ending must not promise another format than the file will have. */
#ifndef VORDEC_CLI_OPTIONS_FILE_ENDING_H
#define VORDEC_CLI_OPTIONS_FILE_ENDING_H

#include <vordec/types.h>

/* E_USAGE: the path ends like a file of another known format than `writes`, in which the option, named without dashes,
 * writes: "png"; NULL: any. Endings that name no format (run.1, a temporary name, none at all) will do. */
enum vordec_status file_ending_check(const char *option, const char *writes, const char *path,
                                     struct vordec_error *error);

#endif
