/* SPDX-License-Identifier: MIT */
/* An HDF5 file that is written: whole or not at all, and of equal content equal bytes, since no times are kept. */
#ifndef VORDEC_FORMATS_HDF5_OUTPUT_H
#define VORDEC_FORMATS_HDF5_OUTPUT_H

#include <vordec/types.h>

#include "formats/array_shared.h"
#include "hdf5_descriptor.h"

struct outfile;

/* How processes write a file together. */
struct hdf5_team {
  bool (*use)(hid_t access); /* makes what is opened with this list of access properties theirs; false: refused */
  hid_t transfer;            /* properties of a transfer in which all take part */
};

/* Stays where it is while the file is open, which points into it. */
struct hdf5_output {
  struct outfile *file;              /* NULL: another process has it */
  char *path;                        /* the destination */
  struct hdf5_descriptor descriptor; /* of the outfile's temporary file */
  hid_t h5, transfer;
};

/* Starts the file; refers: its arrays may lie in other files, which HDF5 knows from 1.10 on. E_IO: the destination
 * cannot be written. To be released, also where this fails. */
enum vordec_status hdf5_output_create(const char *path, bool refers, struct hdf5_output *output,
                                      struct vordec_error *error);

/* Starts one that several processes write, on each of them. shared->file is taken over, also where this fails.
 * E_FAILED: it cannot be opened by all. */
enum vordec_status hdf5_output_share(const struct array_shared *shared, const struct hdf5_team *team,
                                     struct hdf5_output *output, struct vordec_error *error);

/* Whether this process writes what is not shared out. */
bool hdf5_output_leads(const struct hdf5_output *output);

/* E_FAILED, with the cause of the library's last failure. */
enum vordec_status hdf5_output_fail(const struct hdf5_output *output, struct vordec_error *error);

/* Writes what the library still holds. False: it cannot. */
bool hdf5_output_close(struct hdf5_output *output);

/* Drops what was not committed. Accepts one that could not be created. */
void hdf5_output_release(struct hdf5_output *output);

#endif
