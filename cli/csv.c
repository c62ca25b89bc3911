/* SPDX-License-Identifier: MIT */
#include "csv.h"

#include <math.h>
#include <stdio.h>

#include "core/base/number_text.h"
#include "io/outfile.h"

static void put_number(FILE *stream, double value) {
  char text[NUMBER_TEXT_MAX];
  number_text(value, text);
  fputs(text, stream);
}

/* In quotation marks, those within doubled. */
static void put_text(FILE *stream, const char *text) {
  fputc('"', stream);
  for (; *text; text++) {
    if (*text == '"') fputc('"', stream);
    fputc(*text, stream);
  }
  fputc('"', stream);
}

enum vordec_status csv_write(const char *path, const struct csv_table *table, struct vordec_error *error) {
  struct outfile *file = NULL;
  enum vordec_status status = outfile_create(path, &file, error);
  if (status) return status;
  FILE *stream = outfile_stream(file);
  fprintf(stream, "%s,ran_on\n", table->header);
  for (size_t row = 0; row < table->rows; row++) {
    for (size_t column = 0; column < table->columns; column++) {
      const double value = table->values[row * table->columns + column];
      if (isfinite(value)) put_number(stream, value);
      fputc(',', stream);
    }
    put_text(stream, table->ran_on);
    fputc('\n', stream);
  }
  status = outfile_commit(file, error);
  outfile_destroy(file);
  return status;
}
