/* SPDX-License-Identifier: MIT */
#include "module_path.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool module_path(const void *address, const char *file, char path[PATH_MAX]) {
  Dl_info info;
  char library[PATH_MAX];
  if (!dladdr(address, &info) || !info.dli_fname || !realpath(info.dli_fname, library)) return false;
  const char *slash = strrchr(library, '/');
  const int length =
      slash ? snprintf(path, PATH_MAX, "%.*s/vordec/%s", (int)(slash - library), library, file) : PATH_MAX;
  return length < PATH_MAX;
}
