/* SPDX-License-Identifier: MIT */
/* Chunks of a dataset that nobody wrote and that no fill value of the file's own stands for. */
#ifndef VORDEC_FORMATS_HDF5_HOLES_H
#define VORDEC_FORMATS_HDF5_HOLES_H

#include <hdf5.h>
#include <stdbool.h>

/* Whether a chunk of the dataset would be a hole if it was missing: of a dataset with chunks, by its properties. */
bool hdf5_holes_matter(hid_t properties);

/* How many bytes a chunk has in the file; 0: it was never written. */
hsize_t hdf5_holes_stored(hid_t dataset, const hsize_t *at);

#endif
