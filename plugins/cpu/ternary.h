/*
 * ternary.h - stage 3b: the threshold.
 */
#ifndef VORDEC_CPU_TERNARY_H
#define VORDEC_CPU_TERNARY_H

#include "field.h"

/* work->mask = +1 where R / (absmax + 1e-12) >= tau, -1 where it is <= -tau, else 0; R is work->other. NAN: all 0. */
void ternary_threshold(struct field *field, double absmax);

#endif
