/*
 * planes.h - stages 3b and 3c on bit-planes: the threshold and the majority of ternary.h and majority.h, 64 cells a
 * word. The results are the same bit by bit.
 */
#ifndef VORDEC_CPU_PLANES_H
#define VORDEC_CPU_PLANES_H

#include "kernels.h"
#include "smooth.h"

/* Rounds that a strip of rows goes through before it looks at its neighbours again. */
#define PLANES_ROUNDS 8

/* The smallest r with r / scale >= tau: comparing with it is the same as dividing, which is slower. */
double planes_bound(double scale, double tau);

/* Words of a workspace's bit-planes, and of each slot's scratch. */
size_t planes_words_of_field(const struct grid *grid);
size_t planes_words_of_slot(const struct grid *grid);

struct field;

/* The mask to `out`, rows of `pitch` bytes, from R, in work->other or made again; absmax as ternary_threshold() takes
 * it. */
void planes_mask(struct field *field, double absmax, int8_t *out, size_t pitch);

#endif
