/* SPDX-License-Identifier: MIT */
/* An HDF5 file that is written: whole or not at all, and of equal content equal bytes, since no times are kept. */
#ifndef VORDEC_FORMATS_HDF5_OUTPUT_H
#define VORDEC_FORMATS_HDF5_OUTPUT_H

#include <vordec/types.h>

#include "hdf5_descriptor.h"

struct outfile;

/* Stays where it is while the file is open, which points into it. */
struct hdf5_output {
  struct outfile *file;
  struct hdf5_descriptor descriptor; /* of the outfile's temporary file */
  hid_t h5;
};

/* Starts the file; refers: its arrays may lie in other files, which HDF5 knows from 1.10 on. E_IO: the destination
 * cannot be written. To be released, also where this fails. */
enum vordec_status hdf5_output_create(const char *path, bool refers, struct hdf5_output *output,
                                      struct vordec_error *error);

/* E_FAILED, with the cause of the library's last failure. */
enum vordec_status hdf5_output_fail(const struct hdf5_output *output, struct vordec_error *error);

/* Writes what the library still holds. False: it cannot. */
bool hdf5_output_close(struct hdf5_output *output);

/* Drops what was not committed. Accepts one that could not be created. */
void hdf5_output_release(struct hdf5_output *output);

#endif
