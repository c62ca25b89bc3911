/* SPDX-License-Identifier: MIT */
/*
 * reference.h - the decode by its definition, in double, one stage at a time. Shares no code with any backend.
 */
#ifndef VORDEC_CONFORMANCE_REFERENCE_H
#define VORDEC_CONFORMANCE_REFERENCE_H

#include <vordec/backend.h>

/* field = Re sum_j (re_j + i im_j) exp(i k_j.x) over `count` flat indices of an n x n grid. */
void reference_modes(uint32_t n, const uint32_t *index, uint32_t count, const double *re, const double *im,
                     double *field);

/* base = field, smoothed as the plan says. */
void reference_smooth(const struct vordec_plan_desc *desc, const double *field, double *base);

/* mask from R before any majority; margin[i] = | |Rn| - tau |. Returns max |R|. */
double reference_threshold(uint32_t n, const double *residual, double tau, int8_t *mask, double *margin);

/* `rounds` rounds of the periodic 3 x 3 majority, in place. */
void reference_majority(uint32_t n, int8_t *mask, uint32_t rounds);

/* Mean square of g r, and what the gain of a band with that mean square and target n E is. */
double reference_gated_mean_square(uint32_t n, const double *r, const int8_t *mask);
double reference_band_gain(double target, double mean_square);

/* omega_hat += gain * g * r. */
void reference_add_gated(const struct vordec_plan_desc *desc, double *omega_hat, const double *r, const int8_t *mask,
                         double gain);

double reference_enstrophy(uint32_t n, const double *field);
/* 0.5 mean(u^2 + v^2): of the real field that modes make, and of a field by a transform of its own (O(n^3)). */
double reference_energy_of_modes(uint32_t n, const uint32_t *index, uint32_t count, const double *re, const double *im);
double reference_energy_of_field(uint32_t n, const double *field);

/* z <- z A. `in_order`: each sum over i ascending from 0, product and sum rounded to the precision each; else in long
 * double, rounded once at the end. */
void reference_step(uint32_t d, const double *a, double *z, enum vordec_precision precision, bool in_order);

#endif
