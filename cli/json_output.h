/* SPDX-License-Identifier: MIT */
/* --json FILE: where a command's results go as JSON. */
#ifndef VORDEC_CLI_JSON_OUTPUT_H
#define VORDEC_CLI_JSON_OUTPUT_H

#include <stdbool.h>
#include <vordec/types.h>

#define JSON_STDOUT "-"
#define JSON_HELP "write the results to FILE as JSON, or with - to stdout in place of the text: "

/* Whether JSON takes the place of the text on stdout. path: of --json; NULL: it was not given. */
bool json_output_replaces_text(const char *path);

/* Whether the file can be written, before the work. OK for stdout, and for NULL. */
enum vordec_status json_output_try(const char *path, struct vordec_error *error);

/* Writes text and a newline; the file appears whole or not at all. Frees text with cJSON_free(); NULL is E_NO_MEMORY.
 */
enum vordec_status json_output_write(const char *path, char *text, struct vordec_error *error);

#endif
