/* SPDX-License-Identifier: MIT */
/*
 * ifft_lp.h - stage 2: what scatter_lowk left to omega_lp.
 */
#ifndef VORDEC_CPU_IFFT_LP_H
#define VORDEC_CPU_IFFT_LP_H

#include "field.h"

/* Writes field->lp. If the low modes are summed, R = omega_lp - base goes to work->other as well, and its largest
 * magnitude to field->absmax. */
void ifft_lp(struct field *field);

#endif
