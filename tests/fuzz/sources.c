/* SPDX-License-Identifier: MIT */
#include "sources.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arrays.h"
#include "fuzz.h"

#define MOST_ARRAYS 16
#define MOST_ELEMENTS 65536u

/* The first and the last element of a slab of one each, and all of a small array. */
static void check_slabs(struct array_source *source, const char *name, const struct npy_form *form) {
  struct vordec_error error = {0};
  struct array_slabs *slabs = NULL;
  const enum vordec_status status = array_source_open_slabs(source, name, &slabs, &error);
  if (status) {
    fuzz_check_error(status, &error);
    FUZZ_CHECK(!slabs);
    return;
  }
  FUZZ_CHECK(slabs->ndim == form->ndim && memcmp(slabs->shape, form->shape, sizeof form->shape) == 0);
  static const size_t first[NPY_MAX_NDIM];
  size_t last[NPY_MAX_NDIM] = {0}, one[NPY_MAX_NDIM] = {0};
  bool empty = false;
  for (uint32_t i = 0; i < form->ndim; i++) {
    empty = empty || form->shape[i] == 0;
    last[i] = form->shape[i] - 1;
    one[i] = 1;
  }
  for (int end = 0; end < 2 && !empty; end++) {
    double value = 0;
    const enum vordec_status read = array_slabs_read(slabs, end ? last : first, one, &value, &error);
    if (read) fuzz_check_error(read, &error);
  }
  array_slabs_close(slabs);
}

static void check_array(struct array_source *source, const char *name) {
  struct vordec_error error = {0};
  struct npy_form form;
  struct npy_header header = {0};
  struct npy_array array;
  char axis[ARRAY_NAME_MAX], text[ARRAY_NAME_MAX];
  double numbers[2];
  enum vordec_status status = array_source_describe(source, name, &form, &error);
  for (uint32_t i = 0; i < 2; i++) array_source_axis_name(source, name, i, axis);
  FUZZ_CHECK(array_source_attribute(source, name, "offset", numbers, 2) <= 2);
  FUZZ_CHECK(!array_source_text(source, name, "units", 0, text) || memchr(text, '\0', sizeof text));
  if (status) {
    fuzz_check_error(status, &error);
    return;
  }
  header = (struct npy_header){.type = form.type, .ndim = form.ndim};
  memcpy(header.shape, form.shape, sizeof form.shape);
  FUZZ_CHECK(npy_header_measure(&header));
  check_slabs(source, name, &form);
  if (header.count > MOST_ELEMENTS) return;
  status = array_source_read(source, name, &array, &error);
  if (status) {
    fuzz_check_error(status, &error);
    FUZZ_CHECK(fuzz_is_zero(&array, sizeof array));
    return;
  }
  FUZZ_CHECK(array.type == form.type && array.ndim == form.ndim);
  arrays_check(&array);
  npy_array_release(&array);
}

/* What is no array, and attributes of the file. */
static void check_rest(struct array_source *source) {
  char name[ARRAY_NAME_MAX], kind[ARRAY_NAME_MAX];
  double numbers[2];
  size_t at = 0;
  for (int i = 0; i < MOST_ARRAYS && array_source_next_other(source, &at, name, kind); i++) {
    FUZZ_CHECK(kind[0]);
  }
  FUZZ_CHECK(array_source_attribute(source, ARRAY_SOURCE_ITSELF, "domain_size", numbers, 2) <= 2);
}

/* A file with a name: HDF5 opens no other. */
static const char *write_file(const void *data, size_t size) {
  const char *path = fuzz_path("file");
  FILE *file = fopen(path, "wb");
  FUZZ_CHECK(file && fwrite(data, 1, size, file) == size);
  FUZZ_CHECK(fclose(file) == 0);
  return path;
}

void sources_check(const struct array_format *format, const void *data, size_t size) {
  sources_check_file(format, write_file(data, size));
}

void sources_check_file(const struct array_format *format, const char *path) {
  struct vordec_error error = {0};
  struct array_source *source = NULL;
  const enum vordec_status status = format->open(path, &source, &error);
  if (status) {
    fuzz_check_error(status, &error);
    FUZZ_CHECK(!source);
    return;
  }
  char name[ARRAY_NAME_MAX];
  size_t at = 0;
  for (int i = 0; i < MOST_ARRAYS && array_source_next(source, &at, name); i++) {
    FUZZ_CHECK(array_source_has(source, name));
    check_array(source, name);
  }
  char longer[2 * ARRAY_NAME_MAX]; /* than any name that is listed */
  memset(longer, 'n', sizeof longer - 1);
  longer[sizeof longer - 1] = '\0';
  FUZZ_CHECK(!array_source_has(source, longer));
  check_rest(source);
  array_source_close(source);
}
