#include "cache_folder.h"

#include <stdio.h>
#include <stdlib.h>

bool cache_folder_path(char *path, size_t size) {
  const char *base = secure_getenv("XDG_CACHE_HOME"), *below = "";
  if (!base || base[0] != '/') {
    base = secure_getenv("HOME");
    below = "/.cache";
  }
  if (!base || base[0] != '/') return false;
  const int length = snprintf(path, size, "%s%s/vordec", base, below);
  return length > 0 && (size_t)length < size;
}
