/* SPDX-License-Identifier: MIT */
/*
 * learn.h - the linear operator that takes each state of a series to the next, by ridge regression.
 *
 * A = (X'X + ridge I)^-1 X'Y, states as rows, X all but the last of each series, Y all but the first; a step is the row
 * vector z A. X'X and X'Y are summed over the series in a fixed order (ordered_sum.h), so that A has the same bits
 * however many processes share them.
 */
#ifndef VORDEC_SCIENCE_LEARN_H
#define VORDEC_SCIENCE_LEARN_H

#include <vordec/types.h>

#include "ordered_sum.h"

struct learn_series {
  const double *z; /* count x d: states of d values, in order of time */
  size_t count;
};

struct learn_desc {
  const struct learn_series *series; /* those that this process has: `count` of them, from number `first` on */
  const char *const *names;          /* of the file of each, for messages; or NULL */
  size_t first, count;
  size_t total; /* how many series all processes have together */
  size_t d;
  double ridge;
  uint32_t threads; /* 0: all; the bits do not depend on it */
};

/* The processes that learn together, one of which solves. Each calls the same functions in the same order. */
struct learn_party {
  void *ctx;
  bool solves; /* this is the one */
  /* Where none has failed, VORDEC_OK everywhere. */
  enum vordec_status (*settle)(void *ctx, enum vordec_status status, struct vordec_error *error);
  /* Brings what the others hold to the one that solves. */
  enum vordec_status (*gather)(void *ctx, struct ordered_sum *sum, struct vordec_error *error);
  /* Brings what that one has in values to the others. */
  void (*share)(void *ctx, double *values, size_t count);
};

/*
 * Fills a (d x d, row-major) by Cholesky's factorisation and one correction of the result, which then is about as exact
 * as from an orthogonal factorisation. The same input gives the same bits on the same machine. party: NULL: this
 * process has all series; a process without one takes part. E_INPUT: no series, one of fewer than two states, one that
 * is not finite (state and entry are named, of several series also which), or a ridge that is negative or not finite.
 * E_FAILED: X'X + ridge I is not positive definite, or the result is not finite. E_NO_MEMORY. E_UNSUPPORTED: OpenBLAS
 * is not there. Thread-safe.
 */
enum vordec_status learn_operator(const struct learn_desc *desc, const struct learn_party *party, double *a,
                                  struct vordec_error *error);

#endif
