/* SPDX-License-Identifier: MIT */
#include "fft_names.h"

#include <stddef.h>
#include <string.h>

static const struct fft_rename renames[] = {{"vulkan", "vkfft-pruned", "pruned"}};

const struct fft_rename *fft_rename_of(const char *name) {
  for (size_t i = 0; i < sizeof renames / sizeof *renames; i++) {
    if (strcmp(name, renames[i].was) == 0) return &renames[i];
  }
  return NULL;
}

const char *fft_present_name(const char *name) {
  const struct fft_rename *rename = fft_rename_of(name);
  return rename ? rename->is : name;
}

const char *fft_name_for(const char *backend, const char *name) {
  const struct fft_rename *rename = fft_rename_of(name);
  return rename && strcmp(backend, rename->backend) == 0 ? rename->is : name;
}
