/*
 * learn.h - the linear operator that takes each state of a series to the next, by ridge regression.
 *
 * A = (X'X + ridge I)^-1 X'Y, states as rows, X all but the last, Y all but the first; a step is the row vector z A.
 */
#ifndef VORDEC_SCIENCE_LEARN_H
#define VORDEC_SCIENCE_LEARN_H

#include <vordec/types.h>

struct learn_desc {
  const double *z; /* count x d: states of d values, in order of time */
  size_t count, d;
  double ridge;
  uint32_t threads; /* 0: all; the bits do not depend on it */
};

/*
 * Fills a (d x d, row-major) by Cholesky's factorisation and one correction of the result, which then is about as exact
 * as from an orthogonal factorisation. The same input gives the same bits on the same machine. E_INPUT: fewer than two
 * states, one that is not finite (state and entry are named), or a ridge that is negative or not finite. E_FAILED: X'X
 * + ridge I is not positive definite, or the result is not finite. E_NO_MEMORY. E_UNSUPPORTED: OpenBLAS is not there.
 * Thread-safe.
 */
enum vordec_status learn_operator(const struct learn_desc *desc, double *a, struct vordec_error *error);

#endif
