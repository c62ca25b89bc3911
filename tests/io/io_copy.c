/* SPDX-License-Identifier: MIT */
/*
 * io_copy IN.npz OUT.npz KEY..: reads the named arrays and writes them again.
 * io_copy IN.npy OUT.npy: the same for one array.
 * For tests that compare with another implementation. Exit code: the status; the message goes to stderr.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/npz.h"

static enum vordec_status copy_npy(const char *in, const char *out, struct vordec_error *error) {
  struct npy_array array;
  enum vordec_status status = npy_read(in, &array, error);
  if (status == VORDEC_OK) status = npy_write(out, array.type, array.ndim, array.shape, array.data, error);
  npy_array_release(&array);
  return status;
}

static enum vordec_status copy_npz(const char *in, const char *out, char **keys, size_t count,
                                   struct vordec_error *error) {
  struct npz *npz = NULL;
  struct npz_writer *writer = NULL;
  struct npy_array *arrays = calloc(count, sizeof *arrays);
  enum vordec_status status = arrays ? npz_open(in, &npz, error) : VORDEC_E_NO_MEMORY;
  if (status == VORDEC_OK) status = npz_writer_create(out, &writer, error);
  for (size_t i = 0; i < count && status == VORDEC_OK; ++i) {
    status = npz_read(npz, keys[i], &arrays[i], error);
    if (status != VORDEC_OK) break;
    struct npy_form form = {.type = arrays[i].type, .ndim = arrays[i].ndim};
    memcpy(form.shape, arrays[i].shape, sizeof form.shape);
    status = npz_writer_add(writer, keys[i], &form, arrays[i].data, error);
  }
  if (status == VORDEC_OK) status = npz_writer_commit(writer, error);
  npz_writer_destroy(writer);
  npz_close(npz);
  for (size_t i = 0; arrays && i < count; ++i) npy_array_release(&arrays[i]);
  free(arrays);
  return status;
}

int main(int argc, char **argv) {
  struct vordec_error error = {0};
  if (argc < 3) return VORDEC_E_USAGE;
  const enum vordec_status status =
      argc == 3 ? copy_npy(argv[1], argv[2], &error) : copy_npz(argv[1], argv[2], argv + 3, (size_t)argc - 3, &error);
  if (status != VORDEC_OK) fprintf(stderr, "%s\n", error.message);
  return (int)status;
}
