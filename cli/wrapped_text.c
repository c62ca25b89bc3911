/* SPDX-License-Identifier: MIT */
#include "wrapped_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define WIDTH 79

size_t wrapped_text_print(const char *text, size_t length, size_t indent, size_t column) {
  const char *end = text + length;
  bool first = column <= indent;
  while (text < end) {
    size_t word = strcspn(text, " ");
    if (word > (size_t)(end - text)) word = (size_t)(end - text);
    if (!first && column + 1 + word > WIDTH) {
      putchar('\n');
      column = 0;
      first = true;
    }
    const size_t gap = first ? indent - column : 1;
    printf("%*s%.*s", (int)gap, "", (int)word, text);
    column += gap + word;
    first = false;
    text += word;
    while (text < end && *text == ' ') text++;
  }
  return column;
}
