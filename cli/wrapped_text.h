/* SPDX-License-Identifier: MIT */
/* Text on stdout that fits a terminal of 80 columns. */
#ifndef VORDEC_CLI_WRAPPED_TEXT_H
#define VORDEC_CLI_WRAPPED_TEXT_H

#include <stddef.h>

/* Prints words as a block whose lines begin in column `indent`; from column `column` on. Returns the column behind. */
size_t wrapped_text_print(const char *text, size_t length, size_t indent, size_t column);

#endif
