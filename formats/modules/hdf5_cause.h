/* SPDX-License-Identifier: MIT */
/* Why the HDF5 library failed. */
#ifndef VORDEC_FORMATS_HDF5_CAUSE_H
#define VORDEC_FORMATS_HDF5_CAUSE_H

#define HDF5_CAUSE_MAX 128

/* The innermost of the causes that the library has kept since they were last taken. */
void hdf5_cause(char cause[HDF5_CAUSE_MAX]);

#endif
