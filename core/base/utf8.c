#include "utf8.h"

#include <stdint.h>

size_t utf8_length(const char *text) {
  const unsigned char *at = (const unsigned char *)text;
  static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (at[0] < 0x80) return 1;
  const size_t length = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
  if (at[0] < 0xc2 || at[0] > 0xf4) return 0;
  uint32_t code = at[0] & (0xffu >> (length + 1));
  for (size_t i = 1; i < length; i++) {
    if ((at[i] & 0xc0) != 0x80) return 0; /* the NUL at the end, too */
    code = code << 6 | (at[i] & 0x3fu);
  }
  return code < smallest[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : length;
}

char *utf8_mend(char *text) {
  for (char *at = text; at && *at;) {
    const size_t length = utf8_length(at);
    if (length == 0) *at = '?';
    at += length ? length : 1;
  }
  return text;
}
