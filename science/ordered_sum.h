/* SPDX-License-Identifier: MIT */
/*
 * ordered_sum.h - sums of arrays whose bits do not depend on who added which of them.
 *
 * Terms are numbered from 0 and are added in pairs, pairs of pairs, and so on: a node of level l is the sum of the 2^l
 * terms from a multiple of 2^l on, always that of its two halves. Whoever has a stretch of successive terms holds the
 * few nodes that cover it, and what several hold is pushed to one of them in order. What is left at the end is added
 * from the last node to the first. One thread at a time.
 */
#ifndef VORDEC_SCIENCE_ORDERED_SUM_H
#define VORDEC_SCIENCE_ORDERED_SUM_H

#include <stddef.h>

#define ORDERED_SUM_NODES 128 /* two of each level at most */

struct sum_node {
  size_t first, level; /* terms first .. first + 2^level - 1 */
  double *values;      /* `length` of them; the sum's, from malloc() */
};

struct ordered_sum {
  size_t length;
  struct sum_node nodes[ORDERED_SUM_NODES];
  size_t count;
};

/* Adds a node that begins where the last one ends, and takes its values over. A term is a node of level 0. */
void ordered_sum_push(struct ordered_sum *sum, size_t first, size_t level, double *values);

/* The sum of all, to be freed; none is left in it. NULL: there was none. */
double *ordered_sum_total(struct ordered_sum *sum);

/* Frees what is left. Accepts a zeroed one. */
void ordered_sum_release(struct ordered_sum *sum);

#endif
