/* SPDX-License-Identifier: MIT */
/*
 * majority.h - stage 3c: rounds of the 3 x 3 periodic majority.
 */
#ifndef VORDEC_NUMERICS_MAJORITY_H
#define VORDEC_NUMERICS_MAJORITY_H

#include <stdbool.h>

#include "grid.h"
#include "memory.h"
#include "pool.h"

/* What a slot of a team needs for itself. */
struct majority_slot {
  int8_t *triple; /* n + 2 sums of three */
  bool changed;   /* a cell of its share, in the last round */
};

/* For so many slots, zeroed; NULL: no memory. */
struct majority_slot *majority_slots_create(const struct grid *grid, struct memory *memory, size_t count);
void majority_slots_destroy(struct majority_slot *slots, const struct memory_source *source, size_t count);

/* A mask and room for another, rows grid.mask_pitch apart. */
struct majority_masks {
  int8_t *mask, *spare;
};

/* Replaces the mask by the sign of the sum of each cell's nine neighbours (itself included), up to `rounds` times;
 * stops where a round changes nothing. Each round swaps the two pointers. */
void majority_run(const struct grid *grid, struct majority_masks *masks, uint32_t rounds, struct team team,
                  struct majority_slot *slots);

#endif
