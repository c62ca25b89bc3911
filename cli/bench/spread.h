/* SPDX-License-Identifier: MIT */
/* The least, the middle and the most of some times. */
#ifndef VORDEC_CLI_BENCH_SPREAD_H
#define VORDEC_CLI_BENCH_SPREAD_H

#include <stddef.h>

struct spread {
  double min, median, max;
};

/* Sorts the values (at least one). Of one that is not known, and nothing can be said of all: NAN. */
struct spread spread_of(double *values, size_t count);

#endif
