/* SPDX-License-Identifier: MIT */
/*
 * modes.h - which modes of a real field a state stores.
 *
 * The coefficients at index (y, x) and at ((n - y) mod n, (n - x) mod n) are conjugate: partners. A state of half the
 * modes stores of each pair the one with the lower flat index, doubled; one that is its own partner ({0, n / 2} on both
 * axes) as it is. The real part of their sum is the same field. Of kept modes alone there may be one without its
 * partner, where their number was limited: it stands at the higher index, conjugate and not doubled.
 */
#ifndef VORDEC_CORE_BASE_MODES_H
#define VORDEC_CORE_BASE_MODES_H

#include <stddef.h>

/* As files number them. */
enum modes { MODES_FULL = 0, MODES_HALF, MODES_COUNT };

/* "full" or "half"; NULL beyond. */
const char *modes_name(size_t modes);

/* The flat index of a mode's partner, on a grid of side n. */
size_t modes_partner(size_t n, size_t index);

/* What the coefficient of a mode is stored times. */
double modes_weight(enum modes modes, size_t n, size_t index);

/* The modes that a kept mode of a state stands for: their flat indices; returns how many, 1 or 2. */
size_t modes_kept(enum modes modes, size_t n, size_t index, size_t kept[2]);

#endif
