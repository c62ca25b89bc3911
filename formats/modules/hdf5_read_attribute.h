/* SPDX-License-Identifier: MIT */
/* Attributes of a dataset or group of an HDF5 file, as array_source.h describes them. */
#ifndef VORDEC_FORMATS_HDF5_READ_ATTRIBUTE_H
#define VORDEC_FORMATS_HDF5_READ_ATTRIBUTE_H

#include <hdf5.h>

#include "formats/array_source.h"

/* How many numbers there are, at most `room`; 0: there is no such attribute, or it is of another kind. */
size_t hdf5_read_numbers(hid_t file, const char *name, const char *attribute, double *values, size_t room);
/* Text i of some. False: there is none that fits. */
bool hdf5_read_text(hid_t file, const char *name, const char *attribute, size_t i, char text[ARRAY_NAME_MAX]);

#endif
