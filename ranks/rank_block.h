/* SPDX-License-Identifier: MIT */
/* What falls to one of several that share work: contiguous blocks, the first of them larger by one where it does not
 * come out even. */
#ifndef VORDEC_RANKS_RANK_BLOCK_H
#define VORDEC_RANKS_RANK_BLOCK_H

#include <stddef.h>

struct rank_block {
  size_t first, count;
};

static inline struct rank_block rank_block_of(size_t total, size_t size, size_t rank) {
  const size_t least = total / size, larger = total % size; /* NOLINT(clang-analyzer-core.DivideZero): there is one */
  return (struct rank_block){rank * least + (rank < larger ? rank : larger), least + (rank < larger)};
}

#endif
