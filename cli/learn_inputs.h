/* SPDX-License-Identifier: MIT */
/* The files that an operator is learnt from, and the series in them. */
#ifndef VORDEC_CLI_LEARN_INPUTS_H
#define VORDEC_CLI_LEARN_INPUTS_H

#include <glob.h>

#include "ranks/rank_block.h"
#include "science/learn.h"

struct learn_inputs {
  glob_t found;
  const char *const *paths; /* in the order of their names */
  size_t files;
  size_t *first; /* the number of the first series of each, and of one behind the last */
  size_t total;  /* series */

  /* those of this process */
  struct learn_series *series;
  const char **names; /* the path of each */
  size_t count;
  size_t d;
};

/* Finds the files that a pattern of the shell fits, or the one of that very name, and counts their series. E_IO,
 * E_INPUT: one cannot be read. E_USAGE: `out` is one of them. */
enum vordec_status learn_inputs_find(const char *pattern, const char *out, struct learn_inputs *inputs,
                                     struct vordec_error *error);

/* Reads some of the series, and the D of all: a block without any reads the first file's. E_INPUT names a file with
 * another D. */
enum vordec_status learn_inputs_read(struct learn_inputs *inputs, const struct rank_block *block,
                                     struct vordec_error *error);

/* Accepts a zeroed or half-filled one. */
void learn_inputs_release(struct learn_inputs *inputs);

#endif
