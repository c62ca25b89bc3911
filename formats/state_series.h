/* SPDX-License-Identifier: MIT */
/* Z.npz: states in order of time, for what needs no layout: one series, or several of one length. */
#ifndef VORDEC_FORMATS_STATE_SERIES_H
#define VORDEC_FORMATS_STATE_SERIES_H

#include <vordec/types.h>

/* How many series a file has: M of key z with shape (M, T, D), else 1. */
enum vordec_status state_series_count(const char *path, size_t *count, struct vordec_error *error);

/* Series `at`: *states (2 or more) of *d values; *z is to be freed. E_INPUT: another shape. */
enum vordec_status state_series_read(const char *path, size_t at, double **z, size_t *states, size_t *d,
                                     struct vordec_error *error);

#endif
