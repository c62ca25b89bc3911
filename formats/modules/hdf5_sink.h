/* SPDX-License-Identifier: MIT */
/* Arrays as datasets of an HDF5 file that is written, which netCDF-4's readers take as one of theirs. */
#ifndef VORDEC_FORMATS_HDF5_SINK_H
#define VORDEC_FORMATS_HDF5_SINK_H

#include "formats/array_format.h"
#include "hdf5_output.h"

/* As array_file_create(). */
enum vordec_status hdf5_sink_create(const char *path, const struct array_storage *storage, struct array_sink **sink,
                                    struct vordec_error *error);

/* As array_file_share(). */
enum vordec_status hdf5_sink_share(const struct array_shared *shared, const struct hdf5_team *team,
                                   const struct array_storage *storage, struct array_sink **sink,
                                   struct vordec_error *error);

#endif
