/* SPDX-License-Identifier: MIT */
/*
 * ifft_lp.h - stage 2: what scatter_lowk left to omega_lp.
 */
#ifndef VORDEC_CPU_IFFT_LP_H
#define VORDEC_CPU_IFFT_LP_H

#include "field.h"

/* To field->lp. Where the low modes are summed up, R = omega_lp - base goes to work->other along with it, and its
 * largest magnitude to field->absmax. */
void ifft_lp(struct field *field);

#endif
