/* SPDX-License-Identifier: MIT */
/* What results depend on: the values of a command's options, as texts, for a later run to be compared with. */
#ifndef VORDEC_CLI_OPTIONS_OPTION_RECORD_H
#define VORDEC_CLI_OPTIONS_OPTION_RECORD_H

#include "cli/command.h"

/* One value. `path`: it is the content of this file that counts; NULL for other values, which `text` gives. A status
 * other than OK ends the visit. */
typedef enum vordec_status (*option_visitor)(void *ctx, const char *name, const char *text, const char *path,
                                             struct vordec_error *error);

/* Visits every option of the command's own but those that the table calls harmless or told by others, and files that
 * are written. Options that set INI keys are not visited: the configuration tells. */
enum vordec_status option_record_visit(const struct command *command, const void *request, option_visitor visit,
                                       void *ctx, struct vordec_error *error);

/* How numbers and flags are written. */
#define OPTION_TEXT_MAX 40
void option_text_real(double value, char text[OPTION_TEXT_MAX]);
const char *option_text_flag(bool value);

#endif
