/* SPDX-License-Identifier: MIT */
/*
 * mask.h - stage 3: smoothing, threshold and majority.
 */
#ifndef VORDEC_CPU_MASK_H
#define VORDEC_CPU_MASK_H

#include "field.h"

/* Makes field->ternary from R, which stage 2 left in work->other, or from work->lp; work->spare and work->other are
 * overwritten. Leaves max |omega_lp - base| in field->absmax. */
void mask_run(struct field *field);

#endif
