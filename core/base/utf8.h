/* SPDX-License-Identifier: MIT */
/* JSON and pictures need UTF-8, and file names, names of devices and messages that were cut short may be something
 * else. Any thread. */
#ifndef VORDEC_CORE_BASE_UTF8_H
#define VORDEC_CORE_BASE_UTF8_H

#include <stddef.h>

/* Returns how many bytes the well-formed character (RFC 3629) at the beginning of text has; text ends with a NUL. 0: no
 * such character stands there. */
size_t utf8_length(const char *text);

/* Replaces every byte that is not part of well-formed UTF-8 (RFC 3629) by '?', in place. Accepts NULL. Returns text. */
char *utf8_mend(char *text);

/* Makes text from elsewhere, in a buffer of `size` bytes, safe to show: one line, terminated and well-formed, without
 * control characters and without characters that break lines or turn their direction. Blanks become spaces; everything
 * else that has to go becomes '?'. The text never grows. Returns text. */
char *utf8_tame(char *text, size_t size);

#endif
