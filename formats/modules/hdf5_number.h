/* SPDX-License-Identifier: MIT */
/* Which of HDF5's types are numbers that arrays here can hold. */
#ifndef VORDEC_FORMATS_HDF5_NUMBER_H
#define VORDEC_FORMATS_HDF5_NUMBER_H

#include <hdf5.h>
#include <stdbool.h>

#include "io/npy.h"

/* The type as arrays here know it, and as the library has to hand it over. False: no numbers, or none that fit. */
bool hdf5_number(hid_t type, enum npy_type *known, hid_t *memory);

/* Words for a type that is none. Static. */
const char *hdf5_number_other(hid_t type);

#endif
