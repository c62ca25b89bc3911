/* SPDX-License-Identifier: MIT */
/* How arrays are laid down in a file. Zeroed: plainly. */
#ifndef VORDEC_FORMATS_ARRAY_STORAGE_H
#define VORDEC_FORMATS_ARRAY_STORAGE_H

#include <stdbool.h>

#define ARRAY_COMPRESS_MOST 9u

/* Which arrays a file has, and where. */
enum array_arrangement {
  ARRANGE_PLAIN, /* those that are added, by their names */
  ARRANGE_WELL   /* The Well's layout, in HDF5: fields as float32, and everything else as parameters of a simulation */
};

struct array_storage {
  unsigned compress; /* 0: not; 1 .. 9, as zlib counts; HDF5, netCDF: a field for itself, npz: an array as one stream */
  enum array_arrangement arrangement;
  bool refers; /* arrays may lie in other files: array_sink_add_virtual() */
  bool series; /* rows follow each other in time: one run, and not several samples */
};

#endif
