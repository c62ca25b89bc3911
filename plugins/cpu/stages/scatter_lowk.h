/* SPDX-License-Identifier: MIT */
/*
 * scatter_lowk.h - stage 1: the low coefficients of a state into a half spectrum.
 */
#ifndef VORDEC_CPU_SCATTER_LOWK_H
#define VORDEC_CPU_SCATTER_LOWK_H

#include "field.h"

/* Fills ifft_input() with the half spectrum of the state's low modes, laid out as the plan's FFT reads it. */
void scatter_lowk(struct field *field);

/* Does the same for any table and the coefficients of its list. */
void scatter_modes(struct field *field, const struct mode_table *table, const struct coefficients *given);

#endif
