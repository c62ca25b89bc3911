/* SPDX-License-Identifier: MIT */
/* What axis a name means, in the conventions of models, solvers and people. */
#ifndef VORDEC_FORMATS_TRAJECTORY_AXIS_NAME_H
#define VORDEC_FORMATS_TRAJECTORY_AXIS_NAME_H

#include <stdbool.h>

#define TRAJECTORY_HEIGHT 'z'     /* levels, heights and depths */
#define TRAJECTORY_WAVENUMBER 'k' /* of a spectrum */

/* A letter of TRAJECTORY_AXES, or one of these; '\0': the name means none that is known. Paths count by their last
 * part. */
char trajectory_axis_letter(const char *path);

/* Whether a name is usually that of positions along x or y, and of nothing else. */
bool trajectory_axis_is_grid(const char *path);

#endif
