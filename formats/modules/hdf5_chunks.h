/* SPDX-License-Identifier: MIT */
/* Whether chunks are there, and have, or unpack to, as many bytes as a chunk should. The library relies on the latter,
 * and would read on behind one that has fewer; what is missing it would read as zeros. */
#ifndef VORDEC_FORMATS_HDF5_CHUNKS_H
#define VORDEC_FORMATS_HDF5_CHUNKS_H

#include <hdf5.h>
#include <stdbool.h>
#include <stddef.h>
#include <vordec/types.h>

#include "io/npy_header.h"

struct hdf5_chunks;

/* Where the first one begins that is bad. */
struct hdf5_bad_chunk {
  bool missing; /* it was never written, and no fill value of the file's own stands for it */
  unsigned ndim;
  size_t at[NPY_MAX_NDIM];
};

/* Of an open dataset of at most NPY_MAX_NDIM axes. *chunks is NULL where there are none. False: no memory. */
bool hdf5_chunks_create(hid_t dataset, struct hdf5_chunks **chunks);

/* E_INPUT: a chunk of the slab is bad; E_NO_MEMORY. Each is looked at once. NULL: none is. */
enum vordec_status hdf5_chunks_check(struct hdf5_chunks *chunks, hid_t dataset, const size_t *start,
                                     const size_t *count, struct hdf5_bad_chunk *bad);

void hdf5_chunks_destroy(struct hdf5_chunks *chunks); /* accepts NULL */

#endif
