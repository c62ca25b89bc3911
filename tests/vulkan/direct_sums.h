/* SPDX-License-Identifier: MIT */
/*
 * direct_sums.h - the decode by its definition, in double, written without a look at the plugin.
 */
#ifndef VORDEC_TEST_DIRECT_SUMS_H
#define VORDEC_TEST_DIRECT_SUMS_H

#include <vordec/backend.h>

/* States of a shape, with everything that a plan description points to. */
struct sample {
  uint32_t n, m, anchors, d, count;
  uint32_t *low_index, *anchor_index;
  double *z;              /* count x d */
  double *residual;       /* count x n x n */
  double *band[2];        /* count x n x n */
  double *band_energy[2]; /* count */
};

/* Pseudo-random, not Hermitian states with all modes |k| <= k_cut and `anchors` modes of the ring above, K differing
 * from state to state. `first` numbers the states: sample (first, count) holds states first .. first + count of one
 * series. */
void sample_create(struct sample *sample, uint32_t n, uint32_t k_cut, uint32_t anchors, uint32_t first, uint32_t count);
void sample_destroy(struct sample *sample);

/* A plan of these states with everything on; change what the test is about. */
struct vordec_plan_desc sample_plan(const struct sample *sample, uint32_t batch);

/* Re sum_k c_k exp(i k.x) over `count` flat indices. */
void sum_modes(uint32_t n, const uint32_t *index, uint32_t count, const double *re, const double *im, double *field);

void smooth_sum(uint32_t n, const double *field, const struct vordec_plan_desc *desc, double *base);

/* s from the residual R = omega_lp - base; *absmax is max |R|. margin[i] = distance of |Rn| from tau (may be NULL). */
void ternary(uint32_t n, const double *residual, double tau, int8_t *mask, double *margin, double *absmax);

/* `rounds` rounds of the periodic majority, in place. */
void majority_rounds(uint32_t n, int8_t *mask, uint32_t rounds);

/* A state of a sample, what was made of it already, and the residuals in use (enum vordec_residual_input). */
struct combination {
  uint32_t state, residual_set;
  const double *omega_lp;
  const int8_t *mask;
};

/* Its omega_hat and the gains of its bands. */
void combine_sum(const struct sample *sample, const struct vordec_plan_desc *desc, const struct combination *given,
                 double *omega_hat, double band_gain[2]);

/* 0.5 mean(u^2 + v^2) of a field, by a full transform of its own. O(n^3). */
double energy_of(uint32_t n, const double *field);

#endif
