/* SPDX-License-Identifier: MIT */
/* Datasets that are written: at once, or one row after the other. */
#ifndef VORDEC_FORMATS_HDF5_DATASET_H
#define VORDEC_FORMATS_HDF5_DATASET_H

#include <hdf5.h>

#include "formats/array_sink.h"
#include "io/npy_header.h"

#define HDF5_AXES (NPY_MAX_NDIM + 2)

struct hdf5_form {
  enum npy_type type;
  int ndim;
  size_t shape[HDF5_AXES];
  bool grows;        /* rows are added, of which there are none yet */
  int along;         /* the axis that they are added along, where shape says nothing */
  bool apart;        /* the rows of two axes are things of their own, such as states: each is a chunk */
  unsigned compress; /* 0: not; 1 .. 9, as zlib counts */
  bool may_miss;     /* of reals: NaN stands for what was not computed */
};

/* What a type is in a file: little endian; a boolean is a byte, since netCDF has none. */
hid_t hdf5_dataset_type(enum npy_type type);

/* Makes a dataset whose chunks, where it has some, are the last two axes: a field each, as far as the library's limit
 * goes; or a row each. Negative: the library refuses. */
hid_t hdf5_dataset_make(hid_t place, const char *name, const struct hdf5_form *form);

/* Makes one of form->shape whose rows lie in other files, in datasets of its name. Negative: the library refuses. */
hid_t hdf5_dataset_make_virtual(hid_t place, const char *name, const struct hdf5_form *form,
                                const struct array_piece *pieces, size_t count);

/* Makes one that does not grow, writes it whole, and closes it. False: the library refuses. */
bool hdf5_dataset_put(hid_t place, const char *name, const struct hdf5_form *form, const void *data);

/* Gives a dataset that grows this many rows. */
bool hdf5_dataset_extend(hid_t dataset, const struct hdf5_form *form, size_t rows);

/* Writes rows that are there; none, where other processes write some in the same transfer. */
bool hdf5_dataset_put_rows(hid_t dataset, const struct hdf5_form *form, const struct array_block *block,
                           const void *rows, hid_t transfer);

/* Writes row number `row`, the next one, of a dataset that grows. */
bool hdf5_dataset_append(hid_t dataset, const struct hdf5_form *form, size_t row, const void *data);

#endif
