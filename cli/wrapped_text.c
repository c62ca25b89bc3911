/* SPDX-License-Identifier: MIT */
#include "wrapped_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_LEAST 20
#define WIDTH_MOST 79

/* Without the last column, where some terminals break a line that ends there. 0: not known. */
static size_t terminal_width(void) {
  const char *columns = getenv("COLUMNS");
  struct winsize size = {0};
  const long said = columns ? strtol(columns, NULL, 10) : 0;
  if (said > 1) return (size_t)said - 1;
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1u : 0;
}

bool wrapped_text_width_known(void) {
  return terminal_width() > 0;
}

size_t wrapped_text_width(void) {
  const size_t width = terminal_width();
  if (width == 0 || width > WIDTH_MOST) return WIDTH_MOST;
  return width < WIDTH_LEAST ? WIDTH_LEAST : width;
}

size_t wrapped_text_print(FILE *out, const char *text, size_t length, size_t indent, size_t column) {
  const char *end = text + length;
  const size_t width = wrapped_text_width();
  bool first = column <= indent;
  while (text < end) {
    size_t word = strcspn(text, " ");
    if (word > (size_t)(end - text)) word = (size_t)(end - text);
    if (!first && column + 1 + word > width) {
      fputc('\n', out);
      column = 0;
      first = true;
    }
    const size_t gap = first ? indent - column : 1;
    fprintf(out, "%*s%.*s", (int)gap, "", (int)word, text);
    column += gap + word;
    first = false;
    text += word;
    while (text < end && *text == ' ') text++;
  }
  return column;
}
