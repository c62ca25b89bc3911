/* SPDX-License-Identifier: MIT */
/* Files of named arrays, of whatever format. */
#ifndef VORDEC_FORMATS_ARRAY_FILE_H
#define VORDEC_FORMATS_ARRAY_FILE_H

#include "array_sink.h"
#include "array_source.h"
#include "array_storage.h"

/* Opens a file, in the format that its content shows. E_IO: it cannot be opened. E_INPUT: not a regular file, or
 * damaged. */
enum vordec_status array_file_open(const char *path, struct array_source **source, struct vordec_error *error);

/* Starts a file, in the format that its extension names: .npz, .nc (netCDF-4) or .h5; without one, .npz. storage is
 * copied. E_USAGE: another extension, or one whose files are not arranged so. E_IO: the destination cannot be written.
 */
enum vordec_status array_file_create(const char *path, const struct array_storage *storage, struct array_sink **sink,
                                     struct vordec_error *error);

#endif
