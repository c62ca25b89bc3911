/* SPDX-License-Identifier: MIT */
/*
 * operator_power.h - a power of a linear operator: what takes a state over several steps at once.
 */
#ifndef VORDEC_SCIENCE_OPERATOR_POWER_H
#define VORDEC_SCIENCE_OPERATOR_POWER_H

#include <vordec/types.h>

struct operator_power_desc {
  const double *a; /* d x d, row-major */
  size_t d;
  size_t exponent;  /* at least 1 */
  uint32_t threads; /* 0: all; the bits do not depend on it */
};

/*
 * Fills power (d x d, row-major) with a^exponent, by repeated squaring in double precision: an entry is rounded about
 * log2(exponent) times where steps one by one round exponent times, so the last bits differ from theirs. E_FAILED: an
 * entry is not finite. E_NO_MEMORY. E_UNSUPPORTED: OpenBLAS is not there. Thread-safe.
 */
enum vordec_status operator_power(const struct operator_power_desc *desc, double *power, struct vordec_error *error);

#endif
