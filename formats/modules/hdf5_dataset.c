/* SPDX-License-Identifier: MIT */
/* Equal content gives equal bytes: no times are kept, and room is taken when a dataset is made. Compressed chunks take
 * theirs when they come, since nobody knows before how much that is. */
#include "hdf5_dataset.h"

#include <limits.h>
#include <math.h>

#define UNLIMITED UINT64_MAX          /* H5S_UNLIMITED, for which not every compiler's limits.h has what it takes */
#define CHUNK_BYTES ((size_t)1 << 30) /* the library's limit is 4 GiB */

hid_t hdf5_dataset_type(enum npy_type type) {
  switch (type) {
  case NPY_F4:
    return H5T_IEEE_F32LE;
  case NPY_F8:
    return H5T_IEEE_F64LE;
  case NPY_I1:
  case NPY_B1:
    return H5T_STD_I8LE;
  case NPY_I2:
    return H5T_STD_I16LE;
  case NPY_I4:
    return H5T_STD_I32LE;
  case NPY_I8:
    return H5T_STD_I64LE;
  case NPY_U1:
    return H5T_STD_U8LE;
  case NPY_U2:
  case NPY_F2: /* as bits: sinks store values */
    return H5T_STD_U16LE;
  case NPY_U4:
    return H5T_STD_U32LE;
  case NPY_U8:
  case NPY_TYPE_COUNT:
    break;
  }
  return H5T_STD_U64LE;
}

/* Of the axes before the last two, and of the one that grows, one element; of the others all, or a part of them where
 * that is too much. False: there are no elements, hence no chunks. */
static bool find_chunk(const struct hdf5_form *form, hsize_t chunk[HDF5_AXES]) {
  size_t bytes = npy_type_size(form->type);
  for (int i = 0; i < form->ndim; i++) {
    const bool one = i + 2 < form->ndim || (form->grows && i == form->along) || (form->apart && i == 0);
    chunk[i] = one ? 1 : form->shape[i];
    if (chunk[i] == 0) return false;
    bytes *= (size_t)chunk[i];
  }
  for (int i = 0; i < form->ndim && bytes > CHUNK_BYTES; i++) {
    const size_t parts = 1 + (bytes - 1) / CHUNK_BYTES, length = (size_t)chunk[i];
    if (length == 0 || parts == 0) break;
    chunk[i] = parts < length ? (length + parts - 1) / parts : 1;
    bytes = bytes / length * (size_t)chunk[i];
  }
  return form->ndim > 0;
}

static bool set_chunks(hid_t properties, const struct hdf5_form *form) {
  hsize_t chunk[HDF5_AXES];
  if (!form->grows && !form->compress) return true;
  if (!find_chunk(form, chunk)) return !form->grows;
  if (H5Pset_chunk(properties, form->ndim, chunk) < 0) return false;
  return !form->compress || (H5Pset_alloc_time(properties, H5D_ALLOC_TIME_INCR) >= 0 &&
                             H5Pset_shuffle(properties) >= 0 && H5Pset_deflate(properties, form->compress) >= 0);
}

static bool set_fill(hid_t properties, const struct hdf5_form *form) {
  const double nan_value = (double)NAN;
  H5Pset_fill_time(properties, H5D_FILL_TIME_NEVER);
  return !form->may_miss || H5Pset_fill_value(properties, H5T_NATIVE_DOUBLE, &nan_value) >= 0;
}

static hid_t creation(const struct hdf5_form *form) {
  const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
  if (properties < 0) return properties;
  H5Pset_obj_track_times(properties, false);
  H5Pset_attr_creation_order(properties, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  H5Pset_alloc_time(properties, H5D_ALLOC_TIME_EARLY);
  if (set_chunks(properties, form) && set_fill(properties, form)) return properties;
  H5Pclose(properties);
  return -1;
}

hid_t hdf5_dataset_make(hid_t place, const char *name, const struct hdf5_form *form) {
  hsize_t shape[HDF5_AXES], most[HDF5_AXES];
  for (int i = 0; i < form->ndim; i++) most[i] = shape[i] = form->shape[i];
  if (form->grows) {
    shape[form->along] = 0;
    most[form->along] = UNLIMITED;
  }
  const hid_t properties = creation(form);
  const hid_t space = form->ndim ? H5Screate_simple(form->ndim, shape, most) : H5Screate(H5S_SCALAR);
  hid_t dataset = -1;
  if (properties >= 0 && space >= 0) {
    dataset = H5Dcreate2(place, name, hdf5_dataset_type(form->type), space, H5P_DEFAULT, properties, H5P_DEFAULT);
  }
  if (space >= 0) H5Sclose(space);
  if (properties >= 0) H5Pclose(properties);
  return dataset;
}

/* HDF5 takes the name of a file as a format, in which %b is a number and %% a percent sign. */
static void quote_path(const char *path, char quoted[2 * PATH_MAX]) {
  size_t length = 0;
  for (; *path && length + 2 < 2 * (size_t)PATH_MAX; path++) {
    if (*path == '%') quoted[length++] = '%';
    quoted[length++] = *path;
  }
  quoted[length] = '\0';
}

/* Says of each piece which rows it has. */
static bool map_pieces(hid_t properties, hid_t space, const char *name, const struct hdf5_form *form,
                       const struct array_piece *pieces, size_t count) {
  hsize_t start[HDF5_AXES] = {0}, shape[HDF5_AXES];
  char path[2 * PATH_MAX];
  bool good = true;
  for (int i = 0; i < form->ndim; i++) shape[i] = form->shape[i];
  for (size_t i = 0; i < count && good; i++) {
    shape[0] = pieces[i].rows;
    quote_path(pieces[i].path, path);
    const hid_t source = H5Screate_simple(form->ndim, shape, NULL);
    good = source >= 0 && H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, shape, NULL) >= 0 &&
           H5Pset_virtual(properties, space, path, name, source) >= 0;
    if (source >= 0) H5Sclose(source);
    start[0] += pieces[i].rows;
  }
  return good;
}

hid_t hdf5_dataset_make_virtual(hid_t place, const char *name, const struct hdf5_form *form,
                                const struct array_piece *pieces, size_t count) {
  hsize_t shape[HDF5_AXES];
  for (int i = 0; i < form->ndim; i++) shape[i] = form->shape[i];
  const hid_t properties = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(form->ndim, shape, NULL);
  hid_t dataset = -1;
  if (properties >= 0 && space >= 0 && H5Pset_obj_track_times(properties, false) >= 0 &&
      H5Pset_attr_creation_order(properties, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED) >= 0 &&
      set_fill(properties, form) && map_pieces(properties, space, name, form, pieces, count)) {
    H5Sselect_all(space);
    dataset = H5Dcreate2(place, name, hdf5_dataset_type(form->type), space, H5P_DEFAULT, properties, H5P_DEFAULT);
  }
  if (space >= 0) H5Sclose(space);
  if (properties >= 0) H5Pclose(properties);
  return dataset;
}

bool hdf5_dataset_put(hid_t place, const char *name, const struct hdf5_form *form, const void *data) {
  const hid_t dataset = hdf5_dataset_make(place, name, form);
  if (dataset < 0) return false;
  const bool good = H5Dwrite(dataset, hdf5_dataset_type(form->type), H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0;
  return H5Dclose(dataset) >= 0 && good;
}

bool hdf5_dataset_extend(hid_t dataset, const struct hdf5_form *form, size_t rows) {
  hsize_t shape[HDF5_AXES];
  for (int i = 0; i < form->ndim; i++) shape[i] = form->shape[i];
  shape[form->along] = rows;
  return H5Dset_extent(dataset, shape) >= 0;
}

bool hdf5_dataset_put_rows(hid_t dataset, const struct hdf5_form *form, const struct array_block *block,
                           const void *rows, hid_t transfer) {
  hsize_t start[HDF5_AXES] = {0}, count[HDF5_AXES];
  const char none = 0;
  for (int i = 0; i < form->ndim; i++) count[i] = form->shape[i];
  if (form->ndim > 0) {
    start[form->along] = block->first;
    count[form->along] = block->count ? block->count : 1;
  }
  const hid_t space = H5Dget_space(dataset);
  const hid_t memory = form->ndim ? H5Screate_simple(form->ndim, count, NULL) : H5Screate(H5S_SCALAR);
  bool good = space >= 0 && memory >= 0;
  if (good && block->count == 0) {
    good = H5Sselect_none(space) >= 0 && H5Sselect_none(memory) >= 0;
  } else if (good && form->ndim > 0) {
    good = H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0;
  }
  good = good && H5Dwrite(dataset, hdf5_dataset_type(form->type), memory, space, transfer, rows ? rows : &none) >= 0;
  if (space >= 0) H5Sclose(space);
  if (memory >= 0) H5Sclose(memory);
  return good;
}

bool hdf5_dataset_append(hid_t dataset, const struct hdf5_form *form, size_t row, const void *data) {
  const struct array_block one = {row, 1};
  return hdf5_dataset_extend(dataset, form, row + 1) && hdf5_dataset_put_rows(dataset, form, &one, data, H5P_DEFAULT);
}
