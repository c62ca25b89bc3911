/* SPDX-License-Identifier: MIT */
/*
 * philox.h - random numbers from a counter: the same for every thread, batch and order of evaluation.
 *
 * Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11. Pure functions.
 */
#ifndef VORDEC_NUMERICS_PHILOX_H
#define VORDEC_NUMERICS_PHILOX_H

#include <stdint.h>

struct philox_block {
  uint32_t word[4];
};

/* The block that belongs to a counter under a 64-bit seed; the key is the seed's low word, then its high word. */
struct philox_block philox(uint64_t seed, struct philox_block counter);

/* A uniform double in [0, 1), a multiple of 2^-53, from two words. */
static inline double philox_uniform(uint32_t high, uint32_t low) {
  return (double)(((uint64_t)high << 32 | low) >> 11) * 0x1p-53;
}

/* The phase in radians, [0, 2 pi), of the mode at a flat grid index in a band (0 mid, 1 high) at a step. */
double philox_phase(uint64_t seed, uint32_t index, uint32_t step, uint32_t band);

#endif
