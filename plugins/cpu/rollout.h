/*
 * rollout.h - a state that is stepped by its linear operator: z <- z A, a row vector times a d x d matrix.
 */
#ifndef VORDEC_CPU_ROLLOUT_H
#define VORDEC_CPU_ROLLOUT_H

#include <vordec/types.h>

struct rollout_desc {
  size_t d;
  const double *a; /* d x d, row-major, finite; copied, rounded to the precision */
  enum vordec_precision precision;
  /* Sum each y_j over i ascending from 0, product and sum rounded each: the same bits on every machine. Otherwise
   * OpenBLAS sums in the order that it likes. */
  bool deterministic;
};

struct rollout;

/* Starts at z = 0. E_INPUT: an entry of A that is not finite in the precision, or d out of range. E_NO_MEMORY. One
 * thread at a time per object. */
enum vordec_status rollout_create(const struct rollout_desc *desc, struct rollout **rollout,
                                  struct vordec_error *error);
void rollout_destroy(struct rollout *rollout); /* accepts NULL */

/* Sets the state, rounded to the precision. */
void rollout_set(struct rollout *rollout, const double *z);

/* One step. Allocates nothing. */
void rollout_step(struct rollout *rollout);

/* Copies the state out, widened to double. */
void rollout_get(const struct rollout *rollout, double *z);

/* Number of entries of the state that are not finite. */
size_t rollout_nonfinite(const struct rollout *rollout);

#endif
