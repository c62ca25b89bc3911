/* SPDX-License-Identifier: MIT */
#include "run_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "run_bytes.h"

/* The field at *at, to where the next one begins; a text in quotation marks may hold commas. */
static char *next_field(char **at) {
  char *field = *at, *end = field;
  bool quoted = false;
  for (; *end && (quoted || *end != ','); end++) {
    if (*end == '"') quoted = !quoted;
  }
  *at = *end ? end + 1 : NULL;
  *end = '\0';
  return field;
}

static bool read_names(char *line, struct run_table *table) {
  while (line) {
    const char *name = next_field(&line);
    if (table->columns == RUN_TABLE_COLUMNS || strlen(name) >= RUN_TABLE_NAME) return false;
    memcpy(table->names[table->columns++], name, strlen(name) + 1);
  }
  return true;
}

static double read_number(const char *field) {
  char *end = NULL;
  const double value = strtod(field, &end);
  return end == field || *end ? NAN : value;
}

/* Lines of fewer or more fields than there are names make no table. */
static bool read_row(char *line, struct run_table *table) {
  double *row = table->values + table->rows * table->columns;
  size_t column = 0;
  for (; line && column < table->columns; column++) row[column] = read_number(next_field(&line));
  if (line || column < table->columns) return false;
  table->rows++;
  return true;
}

static size_t count_lines(const char *text) {
  size_t lines = 0;
  for (; *text; text++) lines += *text == '\n';
  return lines;
}

static bool read_all(char *text, struct run_table *table) {
  char *rest = NULL;
  const size_t lines = count_lines(text);
  char *line = strtok_r(text, "\n", &rest);
  if (!line || !read_names(line, table)) return false;
  table->values = calloc(lines * table->columns + 1, sizeof *table->values);
  if (!table->values) return false;
  while ((line = strtok_r(NULL, "\n", &rest)) && table->rows < lines) {
    if (!read_row(line, table)) return false;
  }
  return table->rows > 0;
}

enum vordec_status run_table_read(const char *path, struct run_table *table, struct vordec_error *error) {
  unsigned char *bytes = NULL;
  size_t count = 0;
  *table = (struct run_table){0};
  enum vordec_status status = run_bytes_read(path, &bytes, &count, error);
  if (status) return status;
  if (!read_all((char *)bytes, table)) {
    run_table_release(table);
    status = vordec_fail(error, VORDEC_E_INPUT, 0, "%s: not a table of numbers below a line of names", path);
  }
  free(bytes);
  return status;
}

static size_t find(const struct run_table *table, const char *name) {
  size_t column = 0;
  while (column < table->columns && strcmp(table->names[column], name) != 0) column++;
  return column;
}

bool run_table_has(const struct run_table *table, const char *name) {
  return find(table, name) < table->columns;
}

double run_table_at(const struct run_table *table, size_t row, const char *name) {
  const size_t column = find(table, name);
  return column < table->columns && row < table->rows ? table->values[row * table->columns + column] : NAN;
}

void run_table_release(struct run_table *table) {
  free(table->values);
  *table = (struct run_table){0};
}
