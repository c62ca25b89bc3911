/* SPDX-License-Identifier: MIT */
#include "number_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes the decimal point a '.', since the host's locale may have another character, of one byte or of several. */
static void mend_point(char *text) {
  char *point = text + strspn(text, "+-0123456789"), *rest = point + strcspn(point, "+-0123456789e");
  if (point == rest || *point == 'e') return;
  *point = '.';
  memmove(point + 1, rest, strlen(rest) + 1);
}

void number_text(double value, char text[NUMBER_TEXT_MAX]) {
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(text, NUMBER_TEXT_MAX, "%.*g", digits, value);
    if (strtod(text, NULL) == value) break;
  }
  if (isfinite(value)) mend_point(text);
}
