/* SPDX-License-Identifier: MIT */
#include "operator_file.h"

#include <math.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "array_file.h"

static enum vordec_status check_finite(const char *path, const double *a, size_t d, struct vordec_error *error) {
  for (size_t i = 0; i < d * d; i++) {
    if (isfinite(a[i])) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: A: row %zu, column %zu is %s", path, i / d, i % d,
                       isnan(a[i]) ? "NaN" : "infinite");
  }
  return VORDEC_OK;
}

enum vordec_status operator_file_read(const char *path, size_t d, const char *state_path,
                                      struct operator_file *operator_file, struct vordec_error *error) {
  struct array_source *source = NULL;
  struct npy_array array = {0};
  char shape[NPY_SHAPE_TEXT_MAX];
  *operator_file = (struct operator_file){0};
  enum vordec_status status = array_file_open(path, &source, error);
  if (!status && !array_source_has(source, "A")) {
    status =
        vordec_fail(error, VORDEC_E_INPUT, 0, "%s: it holds no operator 'A'; 'vordec learn' makes one of states", path);
  }
  if (!status) status = array_source_read(source, "A", &array, error);
  if (!status && (array.ndim != 2 || array.shape[0] != d || array.shape[1] != d)) {
    status =
        vordec_fail(error, VORDEC_E_INPUT, 0, "%s: A: shape %s: expected (%zu, %zu), since the state in %s has D = %zu",
                    path, npy_shape_text(array.shape, array.ndim, shape, sizeof shape), d, d, state_path, d);
  }
  if (!status) status = npy_to_f64(&array, &operator_file->a, error);
  if (!status) status = check_finite(path, operator_file->a, d, error);
  npy_array_release(&array);
  array_source_close(source);
  if (status) {
    operator_file_release(operator_file);
  } else {
    operator_file->d = d;
  }
  return status;
}

enum vordec_status operator_file_write(const char *path, const double *a, size_t d, struct vordec_error *error) {
  const struct npy_form form = {NPY_F8, 2, {d, d}};
  struct array_sink *sink = NULL;
  enum vordec_status status = array_file_create(path, &(struct array_storage){0}, &sink, error);
  if (!status) status = array_sink_add(sink, "A", &form, a, error);
  if (!status) status = array_sink_commit(sink, error);
  array_sink_destroy(sink);
  return status;
}

void operator_file_release(struct operator_file *operator_file) {
  free(operator_file->a);
  *operator_file = (struct operator_file){0};
}
