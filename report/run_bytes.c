/* SPDX-License-Identifier: MIT */
#include "run_bytes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <vordec/error.h>

enum vordec_status run_bytes_read(const char *path, unsigned char **bytes, size_t *count, struct vordec_error *error) {
  struct stat info;
  *bytes = NULL;
  *count = 0;
  if (stat(path, &info) || !S_ISREG(info.st_mode)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: there is no such file", path);
  }
  FILE *file = fopen(path, "rb");
  if (!file) return vordec_fail(error, VORDEC_E_IO, 0, "%s: cannot read: %s", path, strerror(errno));
  const size_t size = (size_t)info.st_size;
  unsigned char *content = malloc(size + 1);
  enum vordec_status status = VORDEC_OK;
  if (!content) {
    status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", path);
  } else if (fread(content, 1, size, file) != size) {
    status = vordec_fail(error, VORDEC_E_IO, 0, "%s: cannot read the whole of it", path);
  }
  fclose(file);
  if (status || !content) {
    free(content);
    return status;
  }
  content[size] = '\0';
  *bytes = content;
  *count = size;
  return VORDEC_OK;
}
