#include "array_source.h"

#include <vordec/types.h>

enum vordec_status array_source_read_rows(struct array_source *source, const char *name, struct array_rows **rows,
                                          struct vordec_error *error) {
  struct npy_array array = {0};
  *rows = NULL;
  if (source->methods->read_rows) return source->methods->read_rows(source, name, rows, error);
  const enum vordec_status status = array_source_read(source, name, &array, error);
  return status ? status : array_rows_of(&array, rows, error);
}

enum vordec_status array_source_read_f64(struct array_source *source, const char *name, double *value,
                                         struct vordec_error *error) {
  struct npy_array array = {0};
  enum vordec_status status = array_source_read(source, name, &array, error);
  if (!status) status = npy_scalar_f64(&array, value, error);
  npy_array_release(&array);
  return status;
}

enum vordec_status array_source_read_i64(struct array_source *source, const char *name, int64_t *value,
                                         struct vordec_error *error) {
  struct npy_array array = {0};
  enum vordec_status status = array_source_read(source, name, &array, error);
  if (!status) status = npy_scalar_i64(&array, value, error);
  npy_array_release(&array);
  return status;
}

void array_source_close(struct array_source *source) {
  if (source) source->methods->close(source);
}
