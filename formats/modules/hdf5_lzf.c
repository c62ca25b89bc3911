/* SPDX-License-Identifier: MIT */
#include "hdf5_lzf.h"

#include <liblzf/lzf.h>
#include <stdlib.h>

/* The whole chunk, or nothing: the library would read on behind a smaller one. */
static size_t filter(unsigned flags, size_t count, const unsigned values[], size_t bytes, size_t *room, void **buffer) {
  if (!(flags & H5Z_FLAG_REVERSE) || count < HDF5_LZF_VALUES || bytes > UINT32_MAX) return 0;
  const unsigned whole = values[HDF5_LZF_CHUNK];
  void *chunk = whole ? malloc(whole) : NULL;
  if (!chunk || lzf_decompress(*buffer, (unsigned)bytes, chunk, whole) != whole) {
    free(chunk);
    return 0;
  }
  free(*buffer);
  *buffer = chunk;
  *room = whole;
  return whole;
}

void hdf5_lzf_register(void) {
  static const H5Z_class2_t kind = {H5Z_CLASS_T_VERS, HDF5_LZF, 0, 1, "lzf", NULL, NULL, filter};
  H5Zregister(&kind);
}
