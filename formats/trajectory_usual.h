/* SPDX-License-Identifier: MIT */
/* What people and conventions usually call vorticities and the components of velocities. */
#ifndef VORDEC_FORMATS_TRAJECTORY_USUAL_H
#define VORDEC_FORMATS_TRAJECTORY_USUAL_H

#include <stdbool.h>
#include <stddef.h>

#include "array_source.h"

struct trajectory_usual {
  const char *first, *second; /* second: NULL for a vorticity; else the component along y */
};

/* The names in the order in which they are looked for; NULL: there are no more. */
const struct trajectory_usual *trajectory_usual(size_t i);

/* The first row that an array's name, standard_name (CF) or long_name is that of, for a velocity along x. SIZE_MAX:
 * none, or the array is a step of a series. */
size_t trajectory_usual_row(struct array_source *source, const char *name);

/* Whether an array has such a name, standard_name or long_name. */
bool trajectory_usual_is(struct array_source *source, const char *name, const char *wanted);

/* Whether an array has the name of a vorticity and of nothing else, and nothing denies it to be one. */
bool trajectory_usual_vorticity(struct array_source *source, const char *name);

/* Whether a name is GROUP/NUMBER, as the steps of a series are called. */
bool trajectory_usual_step(const char *name);

/* Whether an array's standard_name, units or name are those of something else than a vorticity; which of them, for
 * people, into `why`, unless it is NULL. */
bool trajectory_usual_denies(struct array_source *source, const char *name, char why[ARRAY_NAME_MAX]);

/* Whether an array is called as spectra, or their real or imaginary parts, are: omega_hat. */
bool trajectory_usual_spectrum(const char *name);

/* The part of a path behind its last slash. */
const char *trajectory_last_part(const char *name);

/* Whether two arrays are called as the components of a velocity are, that along y first. */
bool trajectory_usual_turned(const char *first, const char *second);

#endif
