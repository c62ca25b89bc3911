/* SPDX-License-Identifier: MIT */
/* Chunks of a dataset that nobody wrote and that no fill value of the file's own stands for. */
#ifndef VORDEC_FORMATS_HDF5_HOLES_H
#define VORDEC_FORMATS_HDF5_HOLES_H

#include <hdf5.h>
#include <stdbool.h>

#include "io/npy.h"

struct hdf5_holes {
  bool any; /* some chunks are missing */
  int ndim;
  hsize_t chunk[NPY_MAX_NDIM];
};

/* An open dataset of at most NPY_MAX_NDIM axes. */
void hdf5_holes_find(hid_t dataset, struct hdf5_holes *holes);

/* Whether a slab has elements in a missing chunk; then the first index of the chunk. */
bool hdf5_holes_touch(const struct hdf5_holes *holes, hid_t dataset, const size_t *start, const size_t *count,
                      size_t hole[NPY_MAX_NDIM]);

#endif
