/* SPDX-License-Identifier: MIT */
#include "philox.h"

#define ROUNDS 10
/* The multipliers, and the Weyl constants by which the key grows (golden ratio, sqrt(3) - 1), of the paper. */
#define MULTIPLIER_0 0xD2511F53u
#define MULTIPLIER_1 0xCD9E8D57u
#define WEYL_0 0x9E3779B9u
#define WEYL_1 0xBB67AE85u

static const double two_pi = 6.283185307179586476925;

struct philox_block philox(uint64_t seed, struct philox_block counter) {
  uint32_t key0 = (uint32_t)seed, key1 = (uint32_t)(seed >> 32);
  for (int round = 0; round < ROUNDS; round++) {
    const uint64_t product0 = (uint64_t)MULTIPLIER_0 * counter.word[0];
    const uint64_t product1 = (uint64_t)MULTIPLIER_1 * counter.word[2];
    counter = (struct philox_block){{(uint32_t)(product1 >> 32) ^ counter.word[1] ^ key0, (uint32_t)product1,
                                     (uint32_t)(product0 >> 32) ^ counter.word[3] ^ key1, (uint32_t)product0}};
    key0 += WEYL_0;
    key1 += WEYL_1;
  }
  return counter;
}

double philox_phase(uint64_t seed, uint32_t index, uint32_t step, uint32_t band) {
  const struct philox_block block = philox(seed, (struct philox_block){{index, step, band, 0}});
  return two_pi * philox_uniform(block.word[0], block.word[1]);
}
