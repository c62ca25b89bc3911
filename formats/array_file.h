/* SPDX-License-Identifier: MIT */
/* Files of named arrays, of whatever format. */
#ifndef VORDEC_FORMATS_ARRAY_FILE_H
#define VORDEC_FORMATS_ARRAY_FILE_H

#include "array_shared.h"
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

/* Whether processes can write such a file together: .nc and .h5, plainly arranged. What is compressed cannot: nobody
 * knows where a field goes before those in front of it are packed. */
bool array_file_can_share(const char *path, const struct array_storage *storage);

/* Loads what that takes. E_UNSUPPORTED: it is not there. */
enum vordec_status array_file_prepare_share(const char *path, struct vordec_error *error);

/* Starts a file that all processes under MPI write together, on each of them: see array_sink_add_block(). Its bytes are
 * those that array_file_create() and one process lead to. The sink takes shared->file over, also where this fails; the
 * rest is copied. E_UNSUPPORTED; E_FAILED: the file cannot be opened by all. */
enum vordec_status array_file_share(const struct array_shared *shared, const struct array_storage *storage,
                                    struct array_sink **sink, struct vordec_error *error);

#endif
