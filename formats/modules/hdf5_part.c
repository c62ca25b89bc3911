/* SPDX-License-Identifier: MIT */
#include "hdf5_part.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MOST_PATH 4096

bool hdf5_part_find(hid_t properties, size_t i, struct hdf5_part *part) {
  const ssize_t file = H5Pget_virtual_filename(properties, i, part->file, sizeof part->file);
  const ssize_t name = H5Pget_virtual_dsetname(properties, i, part->name, sizeof part->name);
  return file >= 1 && name >= 1 && file < HDF5_PART_NAME && name < HDF5_PART_NAME;
}

bool hdf5_part_is_beside(const struct hdf5_part *part) {
  return part->file[0] != '/' && !strstr(part->file, "..") && !strchr(part->file, '%') && !strchr(part->name, '%');
}

/* As the library opens it to read the part, or one of the two could not while the other has it open. */
hid_t hdf5_part_open_file(hid_t dataset, const char *path, const struct hdf5_part *part) {
  char beside[MOST_PATH + HDF5_PART_NAME];
  struct stat info;
  const char *slash = strrchr(path, '/');
  if (strcmp(part->file, ".") == 0) return H5Iget_file_id(dataset);
  snprintf(beside, sizeof beside, "%.*s%s", slash ? (int)(slash - path) + 1 : 0, path, part->file);
  if (stat(beside, &info) != 0 || !S_ISREG(info.st_mode)) return H5I_INVALID_HID;
  return H5Fopen(beside, H5F_ACC_RDONLY, H5P_DEFAULT);
}

static bool hyperslab_block(hid_t selection, struct hdf5_block *block) {
  hsize_t stride[HDF5_PART_AXES], count[HDF5_PART_AXES];
  if (H5Sget_select_type(selection) != H5S_SEL_HYPERSLABS || H5Sis_regular_hyperslab(selection) <= 0) return false;
  if (H5Sget_regular_hyperslab(selection, block->start, stride, count, block->length) < 0) return false;
  for (int i = 0; i < block->ndim; i++) {
    if (block->length[i] == H5S_UNLIMITED || count[i] == H5S_UNLIMITED) return false;
    if (count[i] != 1 && stride[i] != block->length[i]) return false;
    if (__builtin_mul_overflow(block->length[i], count[i], &block->length[i])) return false;
  }
  return true;
}

bool hdf5_part_block(hid_t selection, struct hdf5_block *block) {
  *block = (struct hdf5_block){.ndim = H5Sget_simple_extent_ndims(selection)};
  if (block->ndim < 1 || block->ndim > HDF5_PART_AXES) return false;
  if (H5Sget_select_type(selection) != H5S_SEL_ALL) return hyperslab_block(selection, block);
  return H5Sget_simple_extent_dims(selection, block->length, NULL) >= 0;
}
