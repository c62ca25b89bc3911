/* SPDX-License-Identifier: MIT */
/*
 * reference_encode.h - what "vordec.encode/1" measures of a field by its definition, in double, with sums for
 * transforms. Shares no code with any backend.
 */
#ifndef VORDEC_CONFORMANCE_REFERENCE_ENCODE_H
#define VORDEC_CONFORMANCE_REFERENCE_ENCODE_H

#include <vordec/backend.h>

/* Of one field; arrays are the caller's. */
struct reference_encoded {
  double *low, *mid; /* as those of struct vordec_encode_job */
  double high, support;
  int8_t *mask;       /* n x n */
  double *margin;     /* n x n: of each cell | |R| / max |R| - tau |; NULL: not wanted */
  double mean_square; /* of R */
};

/* O(n^3); aborts without memory. */
void reference_encode(const struct vordec_encode_setup *setup, const double *omega, struct reference_encoded *encoded);

#endif
