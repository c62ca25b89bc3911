/* SPDX-License-Identifier: MIT */
/* Reads INI text over a configuration: the built-in defaults, and files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "errors.h"
#include "ini_reader.h"

struct read_context {
  struct vordec_config *config;
  const char *path;
  enum vordec_origin origin;
  int seen_on_line[CONFIG_COUNT];
};

static void format_where(const struct read_context *read, int line, char *where, size_t size) {
  if (read->origin == VORDEC_FROM_DEFAULT)
    snprintf(where, size, "%s", read->path);
  else
    snprintf(where, size, "%.480s:%d", read->path, line);
}

static enum vordec_status accept_section(void *ctx, const char *section, int line, struct vordec_error *error) {
  char where[512];
  if (key_section_known(section)) return VORDEC_OK;
  format_where(ctx, line, where, sizeof where);
  return config_fail_section(section, where, error);
}

/* A relative plugin folder in a file is relative to the folder of that file. */
static char *beside_file(const char *file, const char *path) {
  const char *slash = strrchr(file, '/');
  char *joined = NULL;
  if (asprintf(&joined, "%.*s%s", slash ? (int)(slash - file + 1) : 0, file, path) < 0) return NULL;
  return joined;
}

static enum vordec_status accept_entry(void *ctx, const char *section, const char *key, const char *value, int line,
                                       struct vordec_error *error) {
  struct read_context *read = ctx;
  char where[512];
  format_where(read, line, where, sizeof where);
  const int id = key_find(section, key);
  if (id >= 0 && read->seen_on_line[id]) {
    return vordec_fail(error, VORDEC_E_CONFIG, 0, "%s: [%s] %s is set a second time (first on line %d)", where, section,
                       key, read->seen_on_line[id]);
  }
  if (id >= 0) read->seen_on_line[id] = line;
  if (id != CONFIG_PLUGINS_PATH || value[0] == '/' || value[0] == '\0') {
    return vordec_config_set(read->config, section, key, value, read->origin, where, error);
  }
  char *joined = beside_file(read->path, value);
  if (!joined) return error_no_memory(error);
  const enum vordec_status status = vordec_config_set(read->config, section, key, joined, read->origin, where, error);
  free(joined);
  return status;
}

enum vordec_status vordec_config_create(struct vordec_config **config, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  struct vordec_config *made = config_create_empty();
  *config = NULL;
  if (!made) return error_no_memory(error);
  struct read_context read = {.config = made, .path = "built-in default", .origin = VORDEC_FROM_DEFAULT};
  const struct ini_handler handler = {accept_section, accept_entry, &read};
  const enum vordec_status status = ini_read_text(config_default_ini, read.path, &handler, error);
  if (status) {
    vordec_config_destroy(made);
    return status;
  }
  *config = made;
  return VORDEC_OK;
}

enum vordec_status vordec_config_read(struct vordec_config *config, const char *path, struct vordec_error *error) {
  struct vordec_error scratch;
  struct read_context read = {.config = config, .path = path, .origin = VORDEC_FROM_FILE};
  const struct ini_handler handler = {accept_section, accept_entry, &read};
  return ini_read_file(path, &handler, error_or(error, &scratch));
}

const char *vordec_config_defaults(void) {
  return config_default_ini;
}
