/* SPDX-License-Identifier: MIT */
/* What people usually call vorticities and the components of velocities. */
#ifndef VORDEC_FORMATS_TRAJECTORY_USUAL_H
#define VORDEC_FORMATS_TRAJECTORY_USUAL_H

#include <stdbool.h>
#include <stddef.h>

struct trajectory_usual {
  const char *first, *second; /* second: NULL for a vorticity; else the component along y */
};

/* The names in the order in which they are looked for; NULL: there are no more. */
const struct trajectory_usual *trajectory_usual(size_t i);

/* The part of a path behind its last slash. */
const char *trajectory_last_part(const char *name);

/* Whether two arrays are called as the components of a velocity are, that along y first. */
bool trajectory_usual_turned(const char *first, const char *second);

#endif
