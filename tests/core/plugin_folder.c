/* SPDX-License-Identifier: MIT */
/* Prints whether the kernel holds this program for privileged, and where plugins would come from. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>

#include "loader.h"

int main(void) {
  char *folder = NULL;
  struct vordec_error error;
  if (loader_folder("", &folder, &error)) return 1;
  printf("%lu %s\n", getauxval(AT_SECURE), folder);
  free(folder);
  return 0;
}
