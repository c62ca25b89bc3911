/* SPDX-License-Identifier: MIT */
/*
 * planes.h - stages 3b and 3c on bit-planes: the threshold and the majority of ternary.h and majority.h, 64 cells a
 * word. The results are the same bit by bit.
 */
#ifndef VORDEC_NUMERICS_PLANES_H
#define VORDEC_NUMERICS_PLANES_H

#include "grid.h"
#include "kernels.h"
#include "memory.h"
#include "pool.h"

/* Rounds that a strip of rows goes through before it looks at its neighbours again. */
#define PLANES_ROUNDS 8

/* The smallest r with r / scale >= tau: comparing with it is the same as dividing, which is slower. NAN, which no
 * comparison passes, where the scale is NAN. */
double planes_bound(double scale, double tau);

/* What a slot of a team needs for itself. */
struct planes_slot {
  uint64_t *strip;
  bool changed; /* a cell of its share, in the last round */
};

/* For so many slots, zeroed; NULL: no memory. */
struct planes_slot *planes_slots_create(const struct grid *grid, struct memory *memory, size_t count);
void planes_slots_destroy(struct planes_slot *slots, const struct memory_source *source, size_t count);

/* Words of the bit-planes of a field, the room for the next rounds' included. */
size_t planes_words_of_field(const struct grid *grid);

/* One field's bit-planes, and who works on them. */
struct planes_work {
  const struct kernels *kernels;
  const struct grid *grid;
  uint64_t *bits; /* planes_words_of_field() */
  struct team team;
  struct planes_slot *slots; /* of the team */
};

/* The planes that a threshold fills and planes_settle() starts from. */
struct planes planes_first(const struct planes_work *work);

/* The threshold: those planes from R, rows of grid.pitch. */
void planes_threshold(const struct planes_work *work, const double *r, double bound);

/* Up to so many rounds of the majority, and the mask to `out`, rows of `pitch` bytes. */
void planes_settle(const struct planes_work *work, uint32_t rounds, int8_t *out, size_t pitch);

#endif
