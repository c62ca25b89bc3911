/* SPDX-License-Identifier: MIT */
#include "ini_reader.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "errors.h"

#define WHITE " \t\n\v\f\r" /* what inih strips */
#define BYTE_ORDER_MARK "\xEF\xBB\xBF"
#define LINE_MAX_LENGTH 256 /* more than inih reads at once */

struct source {
  FILE *file; /* or */
  const char *text;
  const char *name;
  int line; /* last line handed to inih, from 1 */
  const struct ini_handler *handler;
  struct vordec_error *error;
  enum vordec_status status; /* first failure; reading stops there */
};

static int next_char(struct source *source) {
  if (source->file) return getc(source->file);
  return *source->text ? (unsigned char)*source->text++ : EOF;
}

static enum vordec_status refuse_line(struct source *source, const char *what) {
  return vordec_fail(source->error, VORDEC_E_CONFIG, 0, "%s:%d: %s", source->name, source->line, what);
}

/* inih would take an indented line as the continuation of the value before it. */
static bool is_continuation(const char *line) {
  const char *start = line + strspn(line, WHITE);
  return start > line && *start && *start != ';' && *start != '#';
}

/* inih would drop what follows the section's name on the line. */
static bool is_crowded_section(const char *line) {
  const char *end = line[0] == '[' ? strchr(line, ']') : NULL;
  if (!end) return false;
  end += 1 + strspn(end + 1, WHITE);
  return *end && *end != ';' && *end != '#';
}

/* inih does not report a section without entries. */
static enum vordec_status handle_section(struct source *source, const char *line) {
  const char *end = line[0] == '[' ? strchr(line, ']') : NULL;
  if (!end) return VORDEC_OK;
  char section[LINE_MAX_LENGTH];
  snprintf(section, sizeof section, "%.*s", (int)(end - line - 1), line + 1);
  return source->handler->section(source->handler->ctx, section, source->line, source->error);
}

/* A byte order mark on the first line, which inih skips, is not part of the line. */
static const char *skip_mark(const struct source *source, const char *line) {
  const size_t length = strlen(BYTE_ORDER_MARK);
  return source->line == 1 && strncmp(line, BYTE_ORDER_MARK, length) == 0 ? line + length : line;
}

/* fgets() for inih: hands over one line, or ends the reading with a failure. */
static char *read_line(char *line, int size, void *stream) {
  struct source *source = stream;
  if (source->status) return NULL;
  int length = 0, c = EOF;
  source->line++;
  while (length + 1 < size && (c = next_char(source)) != EOF) {
    line[length++] = (char)c;
    if (c == '\n' || c == '\0') break;
  }
  line[length] = '\0';
  if (length == 0) return NULL;
  const char *start = skip_mark(source, line);
  if (c == '\0') {
    source->status = refuse_line(source, "a NUL byte: this is not a text file");
  } else if (c != '\n' && c != EOF) {
    source->status = refuse_line(source, "the line is too long (198 characters at most)");
  } else if (is_continuation(start)) {
    source->status = refuse_line(source, "the line is indented; an entry starts at the first column");
  } else if (is_crowded_section(start)) {
    source->status = refuse_line(source, "nothing may follow [section] on its line");
  } else {
    source->status = handle_section(source, start);
  }
  return source->status ? NULL : line;
}

static int handle_entry(void *user, const char *section, const char *key, const char *value) {
  struct source *source = user;
  if (source->status) return 0;
  source->status = source->handler->entry(source->handler->ctx, section, key, value, source->line, source->error);
  return source->status == VORDEC_OK;
}

static enum vordec_status read_source(struct source *source) {
  const int bad_line = ini_parse_stream(read_line, source, handle_entry, source);
  /* inih goes on after a syntax error; if one came first, it is the one to report. */
  const bool syntax_first = bad_line > 0 && (!source->status || bad_line < source->line);
  if (syntax_first) {
    source->line = bad_line;
    return refuse_line(source, "expected [section] or key = value");
  }
  if (!source->status && bad_line < 0) return error_no_memory(source->error);
  return source->status;
}

enum vordec_status ini_read_text(const char *text, const char *name, const struct ini_handler *handler,
                                 struct vordec_error *error) {
  struct source source = {.text = text, .name = name, .handler = handler, .error = error};
  return read_source(&source);
}

enum vordec_status ini_read_file(const char *path, const struct ini_handler *handler, struct vordec_error *error) {
  FILE *file = fopen(path, "re");
  if (!file) {
    return vordec_fail(error, errno == ENOMEM ? VORDEC_E_NO_MEMORY : VORDEC_E_IO, 0, "%s: %s", path, strerror(errno));
  }
  struct source source = {.file = file, .name = path, .handler = handler, .error = error};
  errno = 0;
  enum vordec_status status = read_source(&source);
  if (ferror(file)) status = vordec_fail(error, VORDEC_E_IO, 0, "%s: %s", path, strerror(errno ? errno : EIO));
  fclose(file);
  return status;
}
