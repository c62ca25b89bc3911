/* SPDX-License-Identifier: MIT */
/* How ranks share the states of a decode: round by round, each a contiguous piece of those that follow, so that fields
 * reach the file in the order of the states whatever the number of ranks. */
#ifndef VORDEC_CLI_DECODE_ROUNDS_H
#define VORDEC_CLI_DECODE_ROUNDS_H

#include "ranks/rank_block.h"

struct decode_rounds {
  size_t count; /* states in all */
  size_t size;  /* ranks */
  size_t step;  /* states of a round; the last one may have fewer */
};

/* piece: states at a time of one rank; count where all of them fit into memory, and are one round. */
static inline struct decode_rounds decode_rounds_of(size_t count, size_t piece, size_t size) {
  const size_t all = piece >= count ? count : size * piece;
  return (struct decode_rounds){count, size, all < count ? all : count};
}

/* The most states that one rank has in a round. */
static inline size_t decode_rounds_share(const struct decode_rounds *rounds) {
  return rank_block_of(rounds->step, rounds->size, 0).count;
}

/* What falls to a rank in the round that begins with state `first`. */
static inline struct rank_block decode_rounds_block(const struct decode_rounds *rounds, size_t first, size_t rank) {
  const size_t left = rounds->count - first, states = left < rounds->step ? left : rounds->step;
  struct rank_block block = rank_block_of(states, rounds->size, rank);
  block.first += first;
  return block;
}

#endif
