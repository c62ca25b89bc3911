/* SPDX-License-Identifier: MIT */
/* Arrays as datasets of an HDF5 file that is written, which netCDF-4's readers take as one of theirs. */
#ifndef VORDEC_FORMATS_HDF5_SINK_H
#define VORDEC_FORMATS_HDF5_SINK_H

#include "formats/array_format.h"

/* As array_file_create(). */
enum vordec_status hdf5_sink_create(const char *path, const struct array_storage *storage, struct array_sink **sink,
                                    struct vordec_error *error);

#endif
