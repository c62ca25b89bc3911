/* SPDX-License-Identifier: MIT */
#include "field_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "array_slabs.h"
#include "io/npy.h"

enum vordec_status field_file_read(const char *path, size_t *n, double **field, struct vordec_error *error) {
  struct npy_array array = {0};
  char shape[NPY_SHAPE_TEXT_MAX];
  enum vordec_status status = npy_read(path, &array, error);
  if (status) return status;
  if (array.ndim != 2 || array.shape[0] != array.shape[1]) {
    status = vordec_fail(error, VORDEC_E_INPUT, 0, "%s: shape %s: expected (N, N)", path,
                         npy_shape_text(array.shape, array.ndim, shape, sizeof shape));
  } else if (array.shape[0] < 4 || array.shape[0] > VORDEC_MAX_N) {
    status = vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %zu is not a grid size (4 .. %u)", path, array.shape[0],
                         VORDEC_MAX_N);
  } else {
    *n = array.shape[0];
    status = npy_to_f64(&array, field, error);
  }
  npy_array_release(&array);
  return status;
}

static enum vordec_status check_members(const char *path, const struct npy_header *header, size_t members,
                                        struct vordec_error *error) {
  char shape[NPY_SHAPE_TEXT_MAX];
  if (header->ndim != 3 || header->shape[0] != members || header->shape[1] != header->shape[2]) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: shape %s: expected (%zu, N, N), a field for each member", path,
                       npy_shape_text(header->shape, header->ndim, shape, sizeof shape), members);
  }
  if (header->shape[1] >= 4 && header->shape[1] <= VORDEC_MAX_N) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %zu is not a grid size (4 .. %u)", path, header->shape[1],
                     VORDEC_MAX_N);
}

/* Member `at` of slabs of shape (members, n, n). */
static enum vordec_status read_member(const char *path, struct array_slabs *slabs, size_t at, double **field,
                                      struct vordec_error *error) {
  const size_t n = slabs->shape[1], start[3] = {at, 0, 0}, count[3] = {1, n, n};
  *field = malloc(n * n * sizeof **field);
  if (!*field) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", path);
  const enum vordec_status status = array_slabs_read(slabs, start, count, *field, error);
  if (!status) return VORDEC_OK;
  free(*field);
  *field = NULL;
  return status;
}

enum vordec_status field_file_read_member(const char *path, size_t members, size_t at, size_t *n, double **field,
                                          struct vordec_error *error) {
  struct npy_stream *stream = NULL;
  struct array_slabs *slabs = NULL;
  *field = NULL;
  enum vordec_status status = npy_stream_open(path, &stream, error);
  if (status) return status;
  status = check_members(path, &stream->header, members, error);
  if (status) {
    npy_stream_close(stream);
    return status;
  }
  *n = stream->header.shape[1];
  status = array_slabs_of_stream(stream, &slabs, error);
  if (!status) status = read_member(path, slabs, at, field, error);
  array_slabs_close(slabs);
  return status;
}

/* (n, n) for one field, (count, n, n) for so many of them. */
static bool fits(const struct npy_array *array, size_t n, size_t count) {
  if (array->ndim == 2) return count == 1 && array->shape[0] == n && array->shape[1] == n;
  return array->ndim == 3 && array->shape[0] == count && array->shape[1] == n && array->shape[2] == n;
}

static enum vordec_status check_finite(const char *path, const double *values, size_t count,
                                       struct vordec_error *error) {
  for (size_t i = 0; i < count; i++) {
    if (isfinite(values[i])) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: entry %zu is %s", path, i, isnan(values[i]) ? "NaN" : "infinite");
  }
  return VORDEC_OK;
}

enum vordec_status field_file_read_batch(const char *path, size_t n, size_t count, double **fields,
                                         struct vordec_error *error) {
  struct npy_array array = {0};
  char shape[NPY_SHAPE_TEXT_MAX];
  *fields = NULL;
  enum vordec_status status = npy_read(path, &array, error);
  if (status) return status;
  if (fits(&array, n, count)) {
    status = npy_to_f64(&array, fields, error);
    if (!status) status = check_finite(path, *fields, array.count, error);
  } else {
    status = vordec_fail(error, VORDEC_E_INPUT, 0, "%s: shape %s does not fit %zu state(s) of N = %zu", path,
                         npy_shape_text(array.shape, array.ndim, shape, sizeof shape), count, n);
  }
  npy_array_release(&array);
  if (!status) return VORDEC_OK;
  free(*fields);
  *fields = NULL;
  return status;
}
