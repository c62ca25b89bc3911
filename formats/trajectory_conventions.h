/* SPDX-License-Identifier: MIT */
/* What projects' layouts fix for all of their arrays, whatever these are called. */
#ifndef VORDEC_FORMATS_TRAJECTORY_CONVENTIONS_H
#define VORDEC_FORMATS_TRAJECTORY_CONVENTIONS_H

#include "trajectory_axes.h"

/* The axes of an array whose path says to which project's layout it belongs, where it has no names for them. False: it
 * belongs to none. */
bool trajectory_conventions_axes(struct array_source *source, const char *key, const struct npy_form *form, char *axes);

/* Whether the components of vectors come in the order of the axes, of which y is the first. */
bool trajectory_conventions_v_first(struct array_source *source, const char *key, const char *axes);

/* Whether a file has The Well's layout. Its axes into first and second where there are two. */
bool trajectory_conventions_is_well(struct array_source *source, char first[ARRAY_NAME_MAX],
                                    char second[ARRAY_NAME_MAX]);

/* E_INPUT: the file says of itself that its grid is none that is supported. */
enum vordec_status trajectory_conventions_check(struct array_source *source, struct vordec_error *error);

/* The group of a boundary that is not periodic, into name, and its kind. False: there is none. */
bool trajectory_conventions_wall(struct array_source *source, char name[ARRAY_NAME_MAX], char kind[ARRAY_NAME_MAX]);

#endif
