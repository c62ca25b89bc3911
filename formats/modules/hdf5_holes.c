/* SPDX-License-Identifier: MIT */
#include "hdf5_holes.h"

/* How many chunks the dataset has when it is whole. */
static hsize_t all_chunks(const struct hdf5_holes *holes, const hsize_t *shape) {
  hsize_t all = 1;
  for (int i = 0; i < holes->ndim; i++) {
    if (holes->chunk[i] == 0) return 0;
    all *= (shape[i] + holes->chunk[i] - 1) / holes->chunk[i];
  }
  return all;
}

static bool are_missing(hid_t dataset, hid_t properties, struct hdf5_holes *holes) {
  H5D_fill_value_t fill = H5D_FILL_VALUE_ERROR;
  hsize_t shape[NPY_MAX_NDIM] = {0}, stored = 0;
  if (H5Pget_layout(properties) != H5D_CHUNKED || H5Pfill_value_defined(properties, &fill) < 0) return false;
  if (fill == H5D_FILL_VALUE_USER_DEFINED) return false;
  holes->ndim = H5Pget_chunk(properties, (int)NPY_MAX_NDIM, holes->chunk);
  if (holes->ndim < 1 || holes->ndim > (int)NPY_MAX_NDIM) return false;
  const hid_t space = H5Dget_space(dataset);
  const bool known = space >= 0 && H5Sget_simple_extent_ndims(space) == holes->ndim &&
                     H5Sget_simple_extent_dims(space, shape, NULL) >= 0 &&
                     H5Dget_num_chunks(dataset, space, &stored) >= 0;
  if (space >= 0) H5Sclose(space);
  return known && stored < all_chunks(holes, shape);
}

void hdf5_holes_find(hid_t dataset, struct hdf5_holes *holes) {
  *holes = (struct hdf5_holes){0};
  const hid_t properties = H5Dget_create_plist(dataset);
  if (properties < 0) return;
  holes->any = are_missing(dataset, properties, holes);
  H5Pclose(properties);
  H5Eclear2(H5E_DEFAULT);
}

static bool is_missing(hid_t dataset, const hsize_t *offset) {
  unsigned filters = 0;
  haddr_t address = HADDR_UNDEF;
  hsize_t bytes = 0;
  return H5Dget_chunk_info_by_coord(dataset, offset, &filters, &address, &bytes) >= 0 && address == HADDR_UNDEF;
}

bool hdf5_holes_touch(const struct hdf5_holes *holes, hid_t dataset, const size_t *start, const size_t *count,
                      size_t hole[NPY_MAX_NDIM]) {
  hsize_t first[NPY_MAX_NDIM] = {0}, at[NPY_MAX_NDIM] = {0};
  if (!holes->any) return false;
  for (int i = 0; i < holes->ndim; i++) {
    if (count[i] == 0) return false;
    at[i] = first[i] = start[i] / holes->chunk[i] * holes->chunk[i];
  }
  for (;;) {
    if (is_missing(dataset, at)) {
      for (int i = 0; i < holes->ndim; i++) hole[i] = (size_t)at[i];
      return true;
    }
    int axis = holes->ndim - 1;
    for (; axis >= 0; axis--) {
      at[axis] += holes->chunk[axis];
      if (at[axis] < start[axis] + count[axis]) break;
      at[axis] = first[axis];
    }
    if (axis < 0) return false;
  }
}
