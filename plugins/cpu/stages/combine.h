/* SPDX-License-Identifier: MIT */
/*
 * combine.h - stage 4: omega_hat = omega_lp + a + g (residual + bands).
 */
#ifndef VORDEC_CPU_COMBINE_H
#define VORDEC_CPU_COMBINE_H

#include "field.h"

/* What became of a band: its gain and the mean square that it has after gating and scaling; NAN for an absent band. */
struct combine_bands {
  double gain[2], energy[2];
};

/* Writes omega_hat to work->spare and overwrites work->other; needs work->lp and work->mask. Each band is gated and
 * then scaled by sqrt(n E / mean((g r)^2)); by 0 where n E <= 0, and by 1 where the mean is at most 1e-30. */
void combine(struct field *field, struct combine_bands *bands);

#endif
