/* SPDX-License-Identifier: MIT */
/* Octave's variables in an HDF5 file ("save -hdf5"): each is a group with its type and its value. */
#ifndef VORDEC_FORMATS_OCTAVE_SOURCE_H
#define VORDEC_FORMATS_OCTAVE_SOURCE_H

#include "array_source.h"

/* Replaces a source of such a file by one that has the variables by their own names, as MATLAB's files of version 7.3
 * do: w instead of w/value, S/w instead of S/value/w/value. Any other source stays as it is. E_NO_MEMORY: it is closed,
 * and NULL. */
enum vordec_status octave_source_wrap(struct array_source **source, struct vordec_error *error);

#endif
