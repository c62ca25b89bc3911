/* SPDX-License-Identifier: MIT */
/* What a file calls the two components of a velocity. */
#ifndef VORDEC_FORMATS_TRAJECTORY_LABELS_H
#define VORDEC_FORMATS_TRAJECTORY_LABELS_H

#include "trajectory_layout.h"

/* Whether the file says that of a velocity in one array the component along y comes first: by the texts or numbers that
 * it attaches to that axis, or by an attribute of the array. */
bool trajectory_labels_turned(struct array_source *source, const struct trajectory_layout *layout);

#endif
