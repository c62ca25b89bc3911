/* SPDX-License-Identifier: MIT */
/* What a file holds, for people who look for the frames in it. */
#ifndef VORDEC_FORMATS_TRAJECTORY_LISTING_H
#define VORDEC_FORMATS_TRAJECTORY_LISTING_H

#include "array_source.h"

#define TRAJECTORY_COMPLEX "array of complex numbers" /* what formats call it, as array_source_next_other() says */

/* A name as a shell takes it, in quotes where it needs some; cut where it has more than ARRAY_NAME_MAX bytes. */
const char *trajectory_quoted(const char *name, char quoted[ARRAY_NAME_MAX + 8]);

/* What MATLAB's cells point to lies under names that mean nothing. */
bool trajectory_is_hidden(const char *name);

/* E_INPUT: "FILE: WHAT: it holds .." and the names of what is there: shapes and types of arrays, and of other things
 * what they are. As many as a line has room for. */
enum vordec_status trajectory_fail_found(struct array_source *source, const char *what, struct vordec_error *error);

/* Likewise where there is no array `key`; says what else goes by that name, if anything. */
enum vordec_status trajectory_fail_key(struct array_source *source, const char *key, struct vordec_error *error);

#endif
