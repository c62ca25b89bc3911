/* SPDX-License-Identifier: MIT */
#include "base64.h"

void base64_put(FILE *out, const unsigned char *bytes, size_t count) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < count; i += 3) {
    const size_t left = count - i;
    const unsigned first = bytes[i], second = left > 1 ? bytes[i + 1] : 0, third = left > 2 ? bytes[i + 2] : 0;
    const unsigned word = first << 16 | second << 8 | third;
    fputc(letters[word >> 18], out);
    fputc(letters[word >> 12 & 63], out);
    fputc(left > 1 ? letters[word >> 6 & 63] : '=', out);
    fputc(left > 2 ? letters[word & 63] : '=', out);
  }
}
