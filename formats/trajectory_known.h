/* SPDX-License-Identifier: MIT */
/* The layouts that projects of the field use, known by their contents. */
#ifndef VORDEC_FORMATS_TRAJECTORY_KNOWN_H
#define VORDEC_FORMATS_TRAJECTORY_KNOWN_H

#include "trajectory_layout.h"

/* Fills in the layout of a file that has one of them. key: the array that is wanted, as in the request; NULL: any.
 * False: none fits. */
bool trajectory_known_find(struct array_source *source, const char *key, struct trajectory_layout *layout);

#endif
