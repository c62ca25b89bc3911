/* SPDX-License-Identifier: MIT */
/* A part of a virtual dataset: where it lies, and what it fills. */
#ifndef VORDEC_FORMATS_HDF5_PART_H
#define VORDEC_FORMATS_HDF5_PART_H

#include <hdf5.h>
#include <stdbool.h>

#define HDF5_PART_AXES 32 /* of a dataset, at most */
#define HDF5_PART_NAME 512

struct hdf5_part {
  char file[HDF5_PART_NAME]; /* ".": the dataset's own */
  char name[HDF5_PART_NAME]; /* of the dataset in it */
};

/* Of mapping i. False: it cannot be determined. */
bool hdf5_part_find(hid_t properties, size_t i, struct hdf5_part *part);

/* Whether it lies in the dataset's own file, or claims to lie in one beside it, whose path is given. */
bool hdf5_part_is_beside(const struct hdf5_part *part);

/* Opens the file, which has to be a regular one. dataset: the virtual one, in a file of that path. Negative: it cannot
 * be opened. */
hid_t hdf5_part_open_file(hid_t dataset, const char *path, const struct hdf5_part *part);

/* A selection that is one block, the whole extent among them. */
struct hdf5_block {
  int ndim;
  hsize_t start[HDF5_PART_AXES], length[HDF5_PART_AXES];
};

/* False: it is no single block, or may grow. */
bool hdf5_part_block(hid_t selection, struct hdf5_block *block);

#endif
