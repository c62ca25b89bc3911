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

enum vordec_status csv_write(const char *path, const char *header, size_t columns, const double *values, size_t rows,
                             struct vordec_error *error) {
  struct outfile *file = NULL;
  enum vordec_status status = outfile_create(path, &file, error);
  if (status) return status;
  FILE *stream = outfile_stream(file);
  fprintf(stream, "%s\n", header);
  for (size_t row = 0; row < rows; row++) {
    for (size_t column = 0; column < columns; column++) {
      const double value = values[row * columns + column];
      if (column) fputc(',', stream);
      if (isfinite(value)) put_number(stream, value);
    }
    fputc('\n', stream);
  }
  status = outfile_commit(file, error);
  outfile_destroy(file);
  return status;
}
