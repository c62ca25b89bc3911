/*
 * majority.h - stage 3c: rounds of the 3 x 3 periodic majority.
 */
#ifndef VORDEC_CPU_MAJORITY_H
#define VORDEC_CPU_MAJORITY_H

#include "field.h"

/* Replaces work->mask by the sign of the sum of each cell's nine neighbours (itself included), up to majority_iters
 * times; stops where a round changes nothing. */
void majority(struct field *field);

#endif
