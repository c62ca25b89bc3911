/* SPDX-License-Identifier: MIT */
/* Attributes of what is written into an HDF5 file; false where the library refuses. Texts are of any length and UTF-8,
 * flags booleans as h5py knows them. */
#ifndef VORDEC_FORMATS_HDF5_ATTRIBUTE_H
#define VORDEC_FORMATS_HDF5_ATTRIBUTE_H

#include <hdf5.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The type of a flag, whose values are bytes 0 and 1; to be closed. Negative: the library refuses. */
hid_t hdf5_attribute_flag_type(void);

bool hdf5_attribute_text(hid_t object, const char *name, const char *text);
/* A list; count may be 0. */
bool hdf5_attribute_texts(hid_t object, const char *name, const char *const *texts, size_t count);
bool hdf5_attribute_flag(hid_t object, const char *name, bool flag);
bool hdf5_attribute_flags(hid_t object, const char *name, const bool *flags, size_t count);
bool hdf5_attribute_real(hid_t object, const char *name, double value);
bool hdf5_attribute_integer(hid_t object, const char *name, int64_t value);

#endif
