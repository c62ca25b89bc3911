/* SPDX-License-Identifier: MIT */
/* Whether the header of a classic netCDF file is one: libnetcdf takes memory for whatever a header claims. */
#ifndef VORDEC_FORMATS_NETCDF_HEADER_H
#define VORDEC_FORMATS_NETCDF_HEADER_H

#include <stdbool.h>

/* False: the lists of the header lead beyond the file's end, variables have dimensions that cannot be, or it cannot be
 * read. The format: the NetCDF User's Guide,
 * appendix "File Format Specifications", CDF-1, -2 and -5. */
bool netcdf_header_fits(const char *path);

#endif
