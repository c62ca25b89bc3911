/* SPDX-License-Identifier: MIT */
/* Checks of every stage against its definition. */
#ifndef VORDEC_CONFORMANCE_CHECK_FIELDS_H
#define VORDEC_CONFORMANCE_CHECK_FIELDS_H

#include "suite.h"

void check_single_modes(struct suite *suite);
void check_omega_lp(struct suite *suite);
void check_lone_modes(struct suite *suite);
void check_all_modes_low(struct suite *suite);
void check_smoothing(struct suite *suite);
void check_amplitudes(struct suite *suite);
void check_majority(struct suite *suite);
void check_combine(struct suite *suite);
void check_kept_modes(struct suite *suite);
void check_bands(struct suite *suite);
void check_scalars(struct suite *suite);
void check_overflow(struct suite *suite);

#endif
