/* SPDX-License-Identifier: MIT */
/* What the axes of an array are: one of the letters of TRAJECTORY_AXES each, in a text as long as it has axes. */
#ifndef VORDEC_FORMATS_TRAJECTORY_AXES_H
#define VORDEC_FORMATS_TRAJECTORY_AXES_H

#include "array_source.h"

/* b sample, t time, y, x, c component; 1: an axis of one entry that means nothing. */
#define TRAJECTORY_AXES "btyxc1"
#define TRAJECTORY_SINGLE '1'
#define TRAJECTORY_AXES_BYTES (NPY_MAX_NDIM + 1)

/* As the file names them, or lists them in texts: attributes such as `dims`, or arrays beside it; a nameless one of two
 * entries, which vectors have, counts as that of components. False: one has no name that is known, or there is no x or
 * y. */
bool trajectory_axes_named(struct array_source *source, const char *key, const struct npy_form *form, char *axes);

/* As the shape alone suggests: samples before times before the grid, y before x, components first or last; axes of one
 * entry anywhere. pair: with an axis of two components, else with none. False: it suggests nothing. */
bool trajectory_axes_guess(const struct npy_form *form, bool pair, char *axes);

/* The same of an array that MATLAB wrote, whose rows are y and whose times come last: y, x, t. `turned`: the shape is
 * HDF5's, which has MATLAB's axes in reverse. */
bool trajectory_axes_guess_matlab(const struct npy_form *form, bool pair, bool turned, char *axes);

/* Whether nothing that the file calls the axes speaks against them. */
bool trajectory_axes_agree(struct array_source *source, const char *key, const char *axes);

/* Whether a name is that of positions along x or y. */
bool trajectory_axes_is_grid(const char *name);

/* "t,y,x" or "time,y,x" to "tyx", in small letters or capitals. NULL: taken; else what is wrong, for people, in `why`.
 */
const char *trajectory_axes_parse(const char *text, const struct npy_form *form, char *axes, char *why, size_t size);

#endif
