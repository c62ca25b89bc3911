/*
 * mask.h - stage 3: smoothing, threshold and majority.
 */
#ifndef VORDEC_CPU_MASK_H
#define VORDEC_CPU_MASK_H

#include "field.h"

/* work->mask from work->lp; work->spare and work->other are overwritten. Returns max |omega_lp - base|. */
double mask_run(struct field *field);

#endif
