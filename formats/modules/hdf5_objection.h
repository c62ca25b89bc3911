/* SPDX-License-Identifier: MIT */
/* What speaks against reading a dataset: content that lies elsewhere, filters that are plugins, sizes that lie. */
#ifndef VORDEC_FORMATS_HDF5_OBJECTION_H
#define VORDEC_FORMATS_HDF5_OBJECTION_H

#include <hdf5.h>

/* Static text, for people; NULL: nothing does. path: of the file, beside which the parts of a virtual dataset lie. */
const char *hdf5_objection(hid_t dataset, const char *path);

#endif
