/* SPDX-License-Identifier: MIT */
/* Whether chunks have, or unpack to, as many bytes as a chunk should. The library relies on it, and would read on
 * behind one that has fewer. */
#ifndef VORDEC_FORMATS_HDF5_CHUNKS_H
#define VORDEC_FORMATS_HDF5_CHUNKS_H

#include <hdf5.h>
#include <stdbool.h>
#include <stddef.h>
#include <vordec/types.h>

struct hdf5_chunks;

/* Of an open dataset of at most NPY_MAX_NDIM axes. *chunks is NULL where there are none. False: no memory. */
bool hdf5_chunks_create(hid_t dataset, struct hdf5_chunks **chunks);

/* E_INPUT: a chunk of the slab does not; E_NO_MEMORY. Each is looked at once. NULL: they do. */
enum vordec_status hdf5_chunks_check(struct hdf5_chunks *chunks, hid_t dataset, const size_t *start,
                                     const size_t *count);

void hdf5_chunks_destroy(struct hdf5_chunks *chunks); /* accepts NULL */

#endif
