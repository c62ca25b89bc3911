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

/* Whether names say what all axes are but one, which is called `name`; the list for --axes takes that one for samples.
 */
bool trajectory_axes_but_one(struct array_source *source, const char *key, const struct npy_form *form,
                             char list[2 * NPY_MAX_NDIM + 1], char name[ARRAY_NAME_MAX]);

/* Whether the file has names for the axes taken for x and y, but none that is known. */
bool trajectory_axes_unfamiliar(struct array_source *source, const char *key, const char *axes);

/* Whether wavenumbers stand along an axis. */
bool trajectory_axes_is_spectrum(struct array_source *source, const char *key, const struct npy_form *form);

/* "t,y,x" or "time,y,x" to "tyx", in small letters or capitals. NULL: taken; else what is wrong, for people, in `why`.
 */
const char *trajectory_axes_parse(const char *text, const struct npy_form *form, char *axes, char *why, size_t size);

#endif
