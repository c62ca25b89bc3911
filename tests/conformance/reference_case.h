/* SPDX-License-Identifier: MIT */
/*
 * reference_case.h - the published reference data: a state, and what came of it.
 */
#ifndef VORDEC_TESTS_REFERENCE_CASE_H
#define VORDEC_TESTS_REFERENCE_CASE_H

#include "conformance/sample.h"

#define REFERENCE_COUNT 7

struct reference_case {
  const char *name;     /* "n64/decode_t10" */
  struct sample sample; /* one state; its residual is the sum of both bands as they were gated and scaled */
  uint32_t width;
  double tau;
  double *omega_lp, *omega_hat, *gated[2]; /* n x n; omega_hat has no kept modes */
  int8_t *mask, *rounds;                   /* n x n after all rounds; 9 x n x n after 0 .. 8 of them */
  double absmax, support, energy_lp, enstrophy_lp, energy_hat, enstrophy_hat, gain[2];
  double *kept_re, *kept_im;
  uint32_t kept;
};

/* Reads case 0 .. REFERENCE_COUNT - 1 of the folder tests/data; ends the process with a line if it cannot be read. */
struct reference_case reference_case_read(const char *folder, size_t number);
void reference_case_destroy(struct reference_case *reference);

/* The operator of n64, a start, and where that stands after some steps. */
struct reference_rollout {
  uint32_t d, low;        /* the first `low` entries are the coefficients of low modes */
  double *a, *z0, *steps; /* d x d; d; REFERENCE_STANDS */
  double *z[2];           /* REFERENCE_STANDS x d, in single and in double precision */
};
#define REFERENCE_STANDS 4

/* Likewise. */
struct reference_rollout reference_rollout_read(const char *folder);
void reference_rollout_destroy(struct reference_rollout *rollout);

#endif
