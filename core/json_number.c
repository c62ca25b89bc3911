#include "json_number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The host's locale may write another character, or several bytes of one, for the decimal point. */
static void mend_point(char *text) {
  char *point = text + strspn(text, "+-0123456789"), *rest = point + strcspn(point, "+-0123456789e");
  if (point == rest || *point == 'e') return;
  *point = '.';
  memmove(point + 1, rest, strlen(rest) + 1);
}

cJSON *json_number(double value) {
  char text[48];
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, value);
    if (strtod(text, NULL) == value) break;
  }
  mend_point(text);
  return cJSON_CreateRaw(text);
}
