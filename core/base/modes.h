/* SPDX-License-Identifier: MIT */
/*
 * modes.h - which modes of a real field a state stores.
 *
 * The coefficients at index (y, x) and at ((n - y) mod n, (n - x) mod n) are conjugate: they are partners. A state of
 * half the modes stores one of each pair, the one with the lower flat index, and doubles it. A mode that is its own
 * partner (0 or n / 2 on both axes) is stored as it is. The real part of the sum of all these is the same field. Since
 * the number of kept modes is limited, one of them may lack its partner: then it stands at the higher index, conjugate
 * and not doubled. All functions may be called from any thread.
 */
#ifndef VORDEC_CORE_BASE_MODES_H
#define VORDEC_CORE_BASE_MODES_H

#include <stddef.h>

/* The numbers are those in files. */
enum modes { MODES_FULL = 0, MODES_HALF, MODES_COUNT };

/* "full" or "half"; NULL if there is no such number. */
const char *modes_name(size_t modes);

/* The flat index of a mode's partner, on a grid of side n. */
size_t modes_partner(size_t n, size_t index);

/* The factor that the coefficient of a stored mode is multiplied by: 2 for the lower one of a pair where half the modes
 * are stored, else 1. */
double modes_weight(enum modes modes, size_t n, size_t index);

/* Fills in the flat indices of the modes that a kept mode of a state stands for. Returns how many these are, 1 or 2. */
size_t modes_kept(enum modes modes, size_t n, size_t index, size_t kept[2]);

#endif
