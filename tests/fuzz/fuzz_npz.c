/* SPDX-License-Identifier: MIT */
/*
 * An .npz archive. Its arrays are read one by one; those that were accepted are written to an archive of their own and
 * read back the same.
 */
#include <string.h>

#include "archive.h"
#include "arrays.h"
#include "fuzz.h"
#include "io/npz.h"

const char *const archive_keys[] = {"a", "b", "N", "a.npy", "sub/a", "../a", NULL};
#define KEYS (sizeof archive_keys / sizeof *archive_keys - 1)

static enum vordec_status read_array(struct npz *npz, const char *key, struct npy_array *array) {
  struct vordec_error error = {0};
  const enum vordec_status status = npz_read(npz, key, array, &error);
  if (status) {
    fuzz_check_error(status, &error);
    FUZZ_CHECK(fuzz_is_zero(array, sizeof *array));
    return status;
  }
  FUZZ_CHECK(npz_has(npz, key));
  arrays_check(array);
  return VORDEC_OK;
}

static void check_scalars(struct npz *npz, const char *key) {
  struct vordec_error error = {0};
  double number = 0.0;
  int64_t integer = 0;
  enum vordec_status status = npz_read_scalar_f64(npz, key, &number, &error);
  if (status) fuzz_check_error(status, &error);
  status = npz_read_scalar_i64(npz, key, &integer, &error);
  if (status) fuzz_check_error(status, &error);
}

/* Dates become numbers, and texts end. */
static void check_other_kinds(struct npz *npz, const char *key) {
  struct vordec_error error = {0};
  struct npy_array array;
  char text[64];
  const enum vordec_status status = npz_read_dates(npz, key, &array, &error);
  if (status) fuzz_check_error(status, &error);
  if (!status) arrays_check(&array);
  npy_array_release(&array);
  for (size_t i = 0; i < 3; i++) {
    if (npz_text(npz, key, i, text, sizeof text)) FUZZ_CHECK(memchr(text, '\0', sizeof text));
  }
}

/* Keys with a slash can be read, never written. */
static bool add_array(struct npz_writer *writer, const char *key, const struct npy_array *array) {
  struct vordec_error error = {0};
  struct npy_form form = {.type = array->type, .ndim = array->ndim};
  memcpy(form.shape, array->shape, sizeof form.shape);
  const enum vordec_status status = npz_writer_add(writer, key, &form, array->data, &error);
  FUZZ_CHECK((status == VORDEC_OK) == !strchr(key, '/'));
  if (status) fuzz_check_error(status, &error);
  return status == VORDEC_OK;
}

static void check_written(const struct npy_array arrays[KEYS]) {
  struct vordec_error error = {0};
  struct npz_writer *writer = NULL;
  struct npz *npz = NULL;
  bool added[KEYS] = {false}, any = false;
  char path[4096];
  snprintf(path, sizeof path, "%s", fuzz_path("arrays.npz"));
  FUZZ_CHECK(npz_writer_create(path, &writer, &error) == VORDEC_OK);
  for (size_t i = 0; i < KEYS; i++) {
    added[i] = arrays[i].data && add_array(writer, archive_keys[i], &arrays[i]);
    any = any || added[i];
  }
  if (any) {
    FUZZ_CHECK(npz_writer_commit(writer, &error) == VORDEC_OK);
    FUZZ_CHECK(npz_open(path, &npz, &error) == VORDEC_OK);
  }
  npz_writer_destroy(writer);
  for (size_t i = 0; i < KEYS; i++) {
    struct npy_array again;
    if (!added[i]) continue;
    FUZZ_CHECK(read_array(npz, archive_keys[i], &again) == VORDEC_OK);
    arrays_check_same(&arrays[i], &again);
    npy_array_release(&again);
  }
  npz_close(npz);
}

/* What is listed is there, and is described as it is read. */
static void check_list(struct npz *npz) {
  char key[NPZ_KEY_MAX];
  for (size_t at = 0; npz_next_key(npz, &at, key);) {
    struct vordec_error error = {0};
    struct npy_header header;
    struct npy_array array;
    FUZZ_CHECK(npz_has(npz, key));
    const enum vordec_status status = npz_describe(npz, key, &header, &error);
    if (status) fuzz_check_error(status, &error);
    if (read_array(npz, key, &array)) continue;
    FUZZ_CHECK(status == VORDEC_OK && header.type == array.type && header.ndim == array.ndim);
    FUZZ_CHECK(memcmp(header.shape, array.shape, header.ndim * sizeof *header.shape) == 0);
    npy_array_release(&array);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct vordec_error error = {0};
  struct npz *npz = NULL;
  struct npy_array arrays[KEYS];
  bool any = false;
  const enum vordec_status status = npz_open(fuzz_file(0, data, size), &npz, &error);
  FUZZ_CHECK((status == VORDEC_OK) == (npz != NULL));
  if (status) {
    fuzz_check_error(status, &error);
    return 0;
  }
  for (size_t i = 0; i < KEYS; i++) any |= read_array(npz, archive_keys[i], &arrays[i]) == VORDEC_OK;
  check_scalars(npz, "N");
  for (size_t i = 0; i < KEYS; i++) check_other_kinds(npz, archive_keys[i]);
  check_list(npz);
  npz_close(npz);
  if (any) check_written(arrays);
  for (size_t i = 0; i < KEYS; i++) npy_array_release(&arrays[i]);
  return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
  return archive_mutate(data, size, max_size, seed);
}
