/* SPDX-License-Identifier: MIT */
/*
 * hdf5_descriptor.h - HDF5 files that are written to an open file, which need not have a name.
 *
 * The library's own drivers open files by name, and refuse one that is a link to a file without. This one is a driver
 * of the library's virtual file layer, and keeps errno of what fails.
 */
#ifndef VORDEC_FORMATS_HDF5_DESCRIPTOR_H
#define VORDEC_FORMATS_HDF5_DESCRIPTOR_H

#include <hdf5.h>

struct hdf5_descriptor {
  int fd;    /* for reading and writing, empty; the caller's, who keeps it open longer than the HDF5 file */
  int error; /* errno of the first read or write that failed; 0: none */
};

/* Makes files that are created with this list of access properties go to the descriptor, which is borrowed until they
 * are closed. False: the library refuses. */
bool hdf5_descriptor_use(hid_t access, struct hdf5_descriptor *descriptor);

#endif
