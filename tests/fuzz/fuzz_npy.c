/* SPDX-License-Identifier: MIT */
/* An .npy file. What was accepted agrees with the size of the file, and is read back the same after it was written. */
#include <string.h>

#include "arrays.h"
#include "fuzz.h"

static void check_written(const struct npy_array *array) {
  struct vordec_error error = {0};
  struct npy_array again;
  char path[4096];
  snprintf(path, sizeof path, "%s", fuzz_path("array.npy"));
  FUZZ_CHECK(npy_write(path, array->type, array->ndim, array->shape, array->data, &error) == VORDEC_OK);
  FUZZ_CHECK(npy_read(path, &again, &error) == VORDEC_OK);
  arrays_check_same(array, &again);
  npy_array_release(&again);
}

/* Whether an array that was accepted lies in memory in another way than in the file. */
static bool is_rearranged(const uint8_t *data, size_t size) {
  struct vordec_error error = {0};
  struct npy_header header = {0};
  size_t total = 0;
  FUZZ_CHECK(npy_header_length(data, size, "", &total, &error) == VORDEC_OK && total <= size);
  FUZZ_CHECK(npy_header_parse(data, total, "", &header, &error) == VORDEC_OK);
  return header.big_endian || header.fortran;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct vordec_error error = {0};
  struct npy_array array;
  const enum vordec_status status = npy_read(fuzz_file(0, data, size), &array, &error);
  if (status) {
    fuzz_check_error(status, &error);
    FUZZ_CHECK(fuzz_is_zero(&array, sizeof array));
    return 0;
  }
  const size_t bytes = array.count * npy_type_size(array.type);
  FUZZ_CHECK(bytes <= size);
  FUZZ_CHECK(is_rearranged(data, size) || memcmp(array.data, data + size - bytes, bytes) == 0);
  arrays_check(&array);
  check_written(&array);
  npy_array_release(&array);
  return 0;
}
