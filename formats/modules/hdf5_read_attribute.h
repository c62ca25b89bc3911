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

/* Text i of a dataset of texts, at most 16. False: it holds something else. */
bool hdf5_read_text_of(hid_t dataset, size_t i, char text[ARRAY_NAME_MAX]);

#define HDF5_REFERENCES_KEPT 64u

/* Where the references that were read last lead: to find that, the library searches the whole file. */
struct hdf5_references {
  unsigned count; /* of all that were looked up */
  hobj_ref_t to[HDF5_REFERENCES_KEPT];
  char path[HDF5_REFERENCES_KEPT][ARRAY_NAME_MAX];
};

/* The path of the object to which the first of references i leads: of the first scale of an axis, say. known: those of
 * the same file, zeroed before the first. False: there is none. The library's own functions for scales take it for
 * granted that such attributes are of the kind that they write. */
bool hdf5_read_reference(struct hdf5_references *known, hid_t file, const char *name, const char *attribute, size_t i,
                         char path[ARRAY_NAME_MAX]);

#endif
