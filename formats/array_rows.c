#include "array_rows.h"

#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

/* Rows of an array that is in memory. */
struct whole_rows {
  struct array_rows rows;
  struct npy_array array;
};

static enum vordec_status whole_read(struct array_rows *rows, size_t i, double *values, struct vordec_error *error) {
  const struct npy_array *array = &((struct whole_rows *)rows)->array;
  struct npy_array row = *array; /* a view: not released */
  double *converted = NULL;
  row.ndim--;
  memmove(row.shape, row.shape + 1, row.ndim * sizeof *row.shape);
  row.count = array->count / array->shape[0];
  row.data = (char *)array->data + i * row.count * npy_type_size(array->type);
  const enum vordec_status status = npy_to_f64(&row, &converted, error);
  if (!status) memcpy(values, converted, row.count * sizeof *values);
  free(converted);
  return status;
}

static void whole_close(struct array_rows *rows) {
  struct whole_rows *whole = (struct whole_rows *)rows;
  npy_array_release(&whole->array);
  free(whole);
}

enum vordec_status array_rows_of(struct npy_array *array, struct array_rows **rows, struct vordec_error *error) {
  static const struct array_rows_methods methods = {whole_read, whole_close};
  struct whole_rows *whole = malloc(sizeof *whole);
  *rows = NULL;
  if (!whole) {
    vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", array->name);
    npy_array_release(array);
    return VORDEC_E_NO_MEMORY;
  }
  *whole = (struct whole_rows){.rows = {&methods, array->ndim, {0}}, .array = *array};
  memcpy(whole->rows.shape, array->shape, sizeof array->shape);
  *array = (struct npy_array){0};
  *rows = &whole->rows;
  return VORDEC_OK;
}

void array_rows_close(struct array_rows *rows) {
  if (rows) rows->methods->close(rows);
}
