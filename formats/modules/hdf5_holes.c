/* SPDX-License-Identifier: MIT */
#include "hdf5_holes.h"

bool hdf5_holes_matter(hid_t properties) {
  H5D_fill_value_t fill = H5D_FILL_VALUE_ERROR;
  return H5Pfill_value_defined(properties, &fill) >= 0 && fill != H5D_FILL_VALUE_USER_DEFINED;
}

/* This call looks a chunk up in the way in which it will be read. H5Dget_chunk_info_by_coord() counts chunks instead,
 * and in libhdf5 1.10 it takes one for another where an axis other than the first is unlimited. Of a chunk that is not
 * there, libhdf5 1.10.8 reports an error, and other versions a size of 0. */
hsize_t hdf5_holes_stored(hid_t dataset, const hsize_t *at) {
  hsize_t bytes = 0;
  return H5Dget_chunk_storage_size(dataset, at, &bytes) >= 0 ? bytes : 0;
}
