/* SPDX-License-Identifier: MIT */
#include "json_output.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>
#include <vordec/error.h>

#include "io/outfile.h"

bool json_output_replaces_text(const char *path) {
  return path && strcmp(path, JSON_STDOUT) == 0;
}

enum vordec_status json_output_try(const char *path, struct vordec_error *error) {
  struct outfile *file = NULL;
  if (!path || json_output_replaces_text(path)) return VORDEC_OK;
  const enum vordec_status status = outfile_create(path, &file, error);
  outfile_destroy(file);
  return status;
}

static enum vordec_status write_file(const char *path, const char *text, struct vordec_error *error) {
  struct outfile *file = NULL;
  enum vordec_status status = outfile_create(path, &file, error);
  if (!status) {
    fprintf(outfile_stream(file), "%s\n", text);
    status = outfile_commit(file, error);
  }
  outfile_destroy(file);
  return status;
}

enum vordec_status json_output_write(const char *path, char *text, struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  if (!text) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
  if (json_output_replaces_text(path)) {
    puts(text); /* main() looks whether stdout was written */
  } else {
    status = write_file(path, text, error);
  }
  cJSON_free(text);
  return status;
}
