/* SPDX-License-Identifier: MIT */
#include "effective.h"

#include <string.h>

#include "core/policy/fft_names.h"

#define LINE_MAX_BYTES 198 /* the longest line that is read back */

/* One line whatever the file's name holds; of a long one the end, which says more than the beginning. */
static void write_origin(FILE *stream, const char *where) {
  const size_t length = strlen(where), room = LINE_MAX_BYTES - strlen("# ");
  fputs("# ", stream);
  for (const char *c = length > room ? where + (length - room) : where; *c; c++) {
    fputc((unsigned char)*c < 0x20 || *c == 0x7f ? '?' : *c, stream);
  }
  fputc('\n', stream);
}

/* A semicolon after a space would start a comment, and the spaces may be two bytes too many. */
static void write_value(FILE *stream, const char *key, const char *value) {
  const bool tight = value[0] == ';' || strlen(key) + strlen(" = ") + strlen(value) > LINE_MAX_BYTES;
  fprintf(stream, "%s%s%s\n", key, tight ? "=" : " = ", value);
}

/* An FFT's older name is written as the present one; what that may not mean as well has to be said. */
static void write_entry(FILE *stream, const struct vordec_config *config, const struct vordec_config_key *key) {
  const char *value = vordec_config_get(config, key->section, key->key);
  const struct fft_rename *rename = strcmp(key->key, "fft") == 0 ? fft_rename_of(value) : NULL;
  if (rename && strcmp(vordec_config_get(config, "decode", "backend"), rename->backend) != 0) {
    fprintf(stream, "# only for backend %s, since it was asked for by an older name\n", rename->backend);
  }
  write_value(stream, key->key, rename ? rename->is : value);
}

static bool is_default(const struct vordec_config *config, const struct vordec_config *defaults,
                       const struct vordec_config_key *key) {
  return defaults && strcmp(vordec_config_get(config, key->section, key->key),
                            vordec_config_get(defaults, key->section, key->key)) == 0;
}

void effective_write(FILE *stream, const struct vordec_config *config, const struct vordec_config *defaults) {
  const char *section = "";
  for (size_t i = 0; i < vordec_config_key_count(); i++) {
    const struct vordec_config_key *key = vordec_config_key_at(i);
    if (is_default(config, defaults, key)) continue;
    if (strcmp(key->section, section) != 0) fprintf(stream, "%s[%s]\n", *section ? "\n" : "", key->section);
    section = key->section;
    write_origin(stream, vordec_config_where(config, key->section, key->key));
    write_entry(stream, config, key);
  }
  if (!*section) fputs("# every key has its built-in default\n", stream);
}
