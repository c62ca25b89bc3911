/* SPDX-License-Identifier: MIT */
#include "utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

size_t utf8_length(const char *text) {
  const unsigned char *at = (const unsigned char *)text;
  static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (at[0] < 0x80) return 1;
  const size_t length = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
  if (at[0] < 0xc2 || at[0] > 0xf4) return 0;
  uint32_t code = at[0] & (0xffu >> (length + 1));
  for (size_t i = 1; i < length; i++) {
    if ((at[i] & 0xc0) != 0x80) return 0; /* this also stops at the NUL at the end */
    code = code << 6 | (at[i] & 0x3fu);
  }
  return code < smallest[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : length;
}

/* Whether a terminal obeys the character instead of showing it: controls (C0, DEL, C1), and those that break lines or
 * turn their direction. */
static bool is_obeyed(const unsigned char *at, size_t length) {
  if (length == 1) return at[0] < 0x20 || at[0] == 0x7f;
  if (length == 2) return at[0] == 0xc2 && at[1] < 0xa0;
  if (length != 3 || at[0] != 0xe2) return false;
  return (at[1] == 0x80 && at[2] >= 0xa8 && at[2] <= 0xae) || (at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9);
}

char *utf8_tame(char *text, size_t size) {
  text[size - 1] = '\0';
  char *to = text;
  for (const char *at = text; *at;) {
    const size_t length = utf8_length(at);
    const bool blank = *at == '\n' || *at == '\t' || *at == '\r';
    if (length == 0 || is_obeyed((const unsigned char *)at, length)) {
      *to++ = blank ? ' ' : '?';
    } else {
      memmove(to, at, length);
      to += length;
    }
    at += length ? length : 1;
  }
  *to = '\0';
  return text;
}

char *utf8_mend(char *text) {
  for (char *at = text; at && *at;) {
    const size_t length = utf8_length(at);
    if (length == 0) *at = '?';
    at += length ? length : 1;
  }
  return text;
}
