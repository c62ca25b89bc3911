/* SPDX-License-Identifier: MIT */
/* Ranks that learn one operator together. */
#ifndef VORDEC_CLI_RANK_LEARN_H
#define VORDEC_CLI_RANK_LEARN_H

#include "ranks/ranks.h"
#include "science/learn.h"

/* All ranks: learn_operator() of the series of all of them, whose numbers follow each other by rank. Rank 0 solves, and
 * a is filled everywhere. */
enum vordec_status rank_learn(struct ranks *ranks, const struct learn_desc *desc, double *a,
                              struct vordec_error *error);

#endif
