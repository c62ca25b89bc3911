/* SPDX-License-Identifier: MIT */
/* Text that fits the terminal, and 80 columns where there is none or it is wider. */
#ifndef VORDEC_CLI_WRAPPED_TEXT_H
#define VORDEC_CLI_WRAPPED_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Whether the terminal says how wide it is; in a pipe or a file a program may read the lines. */
bool wrapped_text_width_known(void);

/* How long a line may become: 79, or less in a narrower terminal. COLUMNS says how wide that is, or else whatever
 * stdout is. */
size_t wrapped_text_width(void);

/* Prints words as a block whose lines begin in column `indent`; from column `column` on. Returns the column behind. */
size_t wrapped_text_print(FILE *out, const char *text, size_t length, size_t indent, size_t column);

#endif
