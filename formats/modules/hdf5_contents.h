/* SPDX-License-Identifier: MIT */
/* What is in an HDF5 file, by paths from the root. Only hard links are followed, each object once; others are named. */
#ifndef VORDEC_FORMATS_HDF5_CONTENTS_H
#define VORDEC_FORMATS_HDF5_CONTENTS_H

#include <hdf5.h>

#include "other_list.h"

struct hdf5_contents {
  struct name_list arrays; /* datasets of numbers */
  struct other_list others;
};

/* False: no memory, too much, or the library refuses. */
bool hdf5_contents_list(hid_t file, struct hdf5_contents *contents);
void hdf5_contents_release(struct hdf5_contents *contents); /* accepts a zeroed one */

#endif
