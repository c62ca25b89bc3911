/* SPDX-License-Identifier: MIT */
/* JSON and pictures want UTF-8; file names, devices' names and messages cut short need not be. */
#ifndef VORDEC_CORE_BASE_UTF8_H
#define VORDEC_CORE_BASE_UTF8_H

#include <stddef.h>

/* Bytes of the well-formed character (RFC 3629) at text, which ends with a NUL; 0: there is none. */
size_t utf8_length(const char *text);

/* Replaces, in place, every byte that is not part of well-formed UTF-8 (RFC 3629) by '?'. Accepts NULL. Returns text.
 */
char *utf8_mend(char *text);

/* Makes foreign text in a buffer of `size` bytes one line that is safe to show: terminated, well-formed, without
 * control characters and without what breaks or turns lines. Blanks become spaces, everything else that is replaced
 * '?'. Never longer than before. Returns text. */
char *utf8_tame(char *text, size_t size);

#endif
