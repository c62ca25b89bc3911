/* SPDX-License-Identifier: MIT */
/*
 * colormap.h - colours of fields and masks.
 *
 * The diverging map runs from dark blue through near-white (0) to dark red. Its control points are given in CIE L*a*b*
 * (D65) with a lightness that falls linearly from 97 at 0 to 23 at both ends, so that equal steps look equal, the two
 * signs weigh the same, and a grey print still shows magnitude.
 */
#ifndef VORDEC_PLOT_COLORMAP_H
#define VORDEC_PLOT_COLORMAP_H

#include <stdint.h>

struct rgb {
  uint8_t r, g, b;
};

#define COLORMAP_STEPS 513 /* odd: the middle entry is the colour of 0 */

struct colormap {
  struct rgb steps[COLORMAP_STEPS];
};

void colormap_diverging(struct colormap *map);

/* The colour of t in -1 .. 1; beyond that the end colours, and grey for NaN. */
struct rgb colormap_at(const struct colormap *map, double t);

/* What is not a number, and what has no valid value. */
struct rgb colormap_invalid(void);

/* The colour of a mask value; value is -1, 0 or +1, anything else is invalid. */
struct rgb colormap_mask(int value);

#endif
