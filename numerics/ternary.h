/* SPDX-License-Identifier: MIT */
/*
 * ternary.h - stage 3b: the threshold.
 */
#ifndef VORDEC_NUMERICS_TERNARY_H
#define VORDEC_NUMERICS_TERNARY_H

#include "grid.h"
#include "pool.h"

/* mask = +1 where R / (absmax + 1e-12) >= tau, -1 where it is <= -tau, else 0; where absmax is NAN, 0 everywhere. Rows
 * of the mask are grid->mask_pitch apart, those of R grid->pitch. */
void ternary_threshold(const struct grid *grid, const double *r, double absmax, double tau, int8_t *mask,
                       struct team team);

#endif
