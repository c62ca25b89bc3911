/* SPDX-License-Identifier: MIT */
/*
 * reference_compare.h - sums over fields, and energies by shells, by their definitions. Shares no code with any
 * backend.
 */
#ifndef VORDEC_CONFORMANCE_REFERENCE_COMPARE_H
#define VORDEC_CONFORMANCE_REFERENCE_COMPARE_H

#include <vordec/backend.h>

/* Of n x n cells of w, and of f = factor times `other`; f alone in (*pair).f. */
struct vordec_field_moments reference_moments(uint32_t n, const double *w);
struct vordec_pair_moments reference_pair(uint32_t n, const double *w, const double *other, double factor);

/* vordec_compare_shells(n) energies, by a transform of its own (O(n^3)). */
void reference_shells(uint32_t n, const double *w, double *shell);

#endif
