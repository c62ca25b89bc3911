/* SPDX-License-Identifier: MIT */
/*
 * verdict.h - what a decode should have come to, and whether it did.
 */
#ifndef VORDEC_CONFORMANCE_VERDICT_H
#define VORDEC_CONFORMANCE_VERDICT_H

#include "decoded.h"

/* The largest errors met so far, for a note. */
struct worst {
  double mean, largest;
};

/* Notes how many plans were made and what was the worst in fp32 and in fp64, as far as the device has them. */
void worst_note(struct suite *suite, const struct worst worst[2], size_t plans);

/* What a shortfall is about: "(N = 17, batch 3, fp32, fft direct, ..)". */
void verdict_name_case(const struct vordec_plan_desc *desc, char *text, size_t size);

/* A field of n x n values, starting at value `first` of an output, and what it should be. */
struct field_case {
  const void *field; /* omega_lp or omega_hat of the decode */
  size_t first;
  const double *expected;
  double slack;
  const char *what, *where; /* for a shortfall */
};

/* Whether it is. Mean absolute error: 1e-6 in fp32, 1e-12 in fp64, times the expected field's rms where that is above
 * 1, times `slack`; the largest error may be ten times that. `worst` may be NULL. */
bool verdict_field(struct suite *suite, const struct decoded *decoded, const struct field_case *field,
                   struct worst *worst);

/* |value - expected| <= tolerance (1 + |expected|). */
bool verdict_number(struct suite *suite, double value, double expected, double tolerance, const char *what,
                    const char *where);

/* omega_lp of every state. */
bool verdict_omega_lp(struct suite *suite, const struct decode_request *request, const struct decoded *decoded,
                      const char *where, struct worst *worst);

/* The mask of every state, where the plan has no majority rounds: cells within rounding of the threshold are left out.
 */
bool verdict_threshold(struct suite *suite, const struct decode_request *request, const struct decoded *decoded,
                       const char *where);

/* omega_hat of every state, gated by the mask that came with it, and the bands' gains. */
bool verdict_omega_hat(struct suite *suite, const struct decode_request *request, const struct decoded *decoded,
                       const char *where, struct worst *worst);

/* The other scalars: those of omega_lp and the mask must be there; the others may be NAN. */
bool verdict_scalars(struct suite *suite, const struct decode_request *request, const struct decoded *decoded,
                     const char *where);

/* All of these that the decode has outputs for (the mask's threshold only where there are no majority rounds). */
bool verdict_decode(struct suite *suite, const struct decode_request *request, const struct decoded *decoded,
                    const char *where);

#endif
