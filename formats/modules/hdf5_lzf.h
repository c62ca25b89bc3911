/* SPDX-License-Identifier: MIT */
/* The filter that h5py calls lzf, which HDF5 does not have itself: PDEBench's files are made with it. */
#ifndef VORDEC_FORMATS_HDF5_LZF_H
#define VORDEC_FORMATS_HDF5_LZF_H

#include <hdf5.h>

#define HDF5_LZF ((H5Z_filter_t)32000) /* its number in the list that The HDF Group keeps */
#define HDF5_LZF_VALUES 3              /* of the filter, at least */
#define HDF5_LZF_CHUNK 2               /* which of them says how many bytes a chunk has */

/* Makes the library read it. */
void hdf5_lzf_register(void);

#endif
