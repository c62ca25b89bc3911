/* SPDX-License-Identifier: MIT */
/* The chunks of a dataset and of the parts of a virtual one, of which each is looked at before it is read. */
#ifndef VORDEC_FORMATS_HDF5_PARTS_H
#define VORDEC_FORMATS_HDF5_PARTS_H

#include <hdf5.h>
#include <stdbool.h>
#include <stddef.h>
#include <vordec/types.h>

#include "hdf5_chunks.h"

struct hdf5_parts;

/* Of an open dataset to which hdf5_objection() has none. *parts is NULL where it is not virtual. False: no memory. */
bool hdf5_parts_create(hid_t dataset, const char *path, struct hdf5_parts **parts);

/* Like hdf5_chunks_check(), of what a slab takes from the parts. *name is the file of the one that is bad, and lives as
 * long as the parts. NULL: no part is bad. */
enum vordec_status hdf5_parts_check(struct hdf5_parts *parts, hid_t dataset, const size_t *start, const size_t *count,
                                    struct hdf5_bad_chunk *bad, const char **name);

void hdf5_parts_destroy(struct hdf5_parts *parts); /* accepts NULL */

#endif
