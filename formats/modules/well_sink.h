/* SPDX-License-Identifier: MIT */
/*
 * Fields in an HDF5 file of The Well's layout: polymathic-ai.org/the_well, "Data format".
 *
 * Fields become scalar fields of shape (trajectory, time, x, y) and type float32, numbers become parameters of the
 * simulation, and arrays with a value for each time become scalars that vary with it. Both boundaries are periodic.
 */
#ifndef VORDEC_FORMATS_WELL_SINK_H
#define VORDEC_FORMATS_WELL_SINK_H

#include "formats/array_format.h"

/* As array_file_create(). Adding arrays of any other kind is E_USAGE. */
enum vordec_status well_sink_create(const char *path, const struct array_storage *storage, struct array_sink **sink,
                                    struct vordec_error *error);

#endif
