/* SPDX-License-Identifier: MIT */
/* Prints a line for each stub: the kind of object that it is a copy of, and its file. */
#include <stdio.h>

#include "deviations.h"

int main(void) {
  static const char *const objects[] = {"plain", "marked", "other"};
  for (size_t i = 0; i < deviation_count; i++) {
    printf("%s %s/decode_%s.so\n", objects[deviations[i].object], deviations[i].folder, deviations[i].name);
  }
  return 0;
}
