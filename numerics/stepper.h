/* SPDX-License-Identifier: MIT */
/*
 * stepper.h - states that are stepped by one linear operator: z <- z A, a row vector times a d x d matrix.
 */
#ifndef VORDEC_NUMERICS_STEPPER_H
#define VORDEC_NUMERICS_STEPPER_H

#include <vordec/types.h>

#include "pool.h"

struct stepper_desc {
  size_t d, states; /* each has the bits that it has alone */
  const double *a;  /* d x d, row-major, finite; copied, rounded to the precision */
  enum vordec_precision precision;
  /* Sum each y_j over i ascending from 0, product and sum rounded each: the same bits on every machine. Otherwise
   * OpenBLAS sums in the order that it likes, with the same bits whatever the team. */
  bool deterministic;
  struct team team; /* who does so; idle whenever a step is asked for */
};

struct stepper;

/* All states start at z = 0. E_INPUT: an entry of A that is not finite in the precision, or d out of range.
 * E_NO_MEMORY. E_UNSUPPORTED: OpenBLAS is wanted and not there. One thread at a time per object. */
enum vordec_status stepper_create(const struct stepper_desc *desc, struct stepper **stepper,
                                  struct vordec_error *error);
void stepper_destroy(struct stepper *stepper); /* accepts NULL */

/* Sets the states (states x d), rounded to the precision. */
void stepper_set(struct stepper *stepper, const double *z);

/* One step of all states. Allocates nothing. */
void stepper_step(struct stepper *stepper);

/* Copies a state out (d values), widened to double. */
void stepper_get(const struct stepper *stepper, size_t state, double *z);

#endif
