/* SPDX-License-Identifier: MIT */
/* P.npz: phases of a synthesised residual, keys phases_mid and phases_high. */
#ifndef VORDEC_FORMATS_PHASES_FILE_H
#define VORDEC_FORMATS_PHASES_FILE_H

#include <vordec/types.h>

enum phases_band { PHASES_MID = 0, PHASES_HIGH, PHASES_BANDS };

extern const char *const phases_file_keys[PHASES_BANDS];

/* Reads the bands that are wanted, n x n radians each, to be freed; NULL: not wanted, or empty, where nothing is drawn.
 * Messages name file and key. On failure nothing is to be freed. */
enum vordec_status phases_file_read(const char *path, size_t n, const bool wanted[PHASES_BANDS],
                                    double *phases[PHASES_BANDS], struct vordec_error *error);

#endif
