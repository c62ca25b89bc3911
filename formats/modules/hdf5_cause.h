/* SPDX-License-Identifier: MIT */
/* Why the HDF5 library failed. */
#ifndef VORDEC_FORMATS_HDF5_CAUSE_H
#define VORDEC_FORMATS_HDF5_CAUSE_H

#include <hdf5.h>
#include <stdbool.h>

#define HDF5_CAUSE_MAX 128

/* The innermost of the causes that the library has kept since they were last taken; `otherwise`: it has none. */
void hdf5_cause(char cause[HDF5_CAUSE_MAX], const char *otherwise);

/* The library forgets causes at its next call: keep them where something failed, and restore them after the calls that
 * clean up. */
hid_t hdf5_cause_keep(bool failed);
void hdf5_cause_restore(hid_t kept);

#endif
