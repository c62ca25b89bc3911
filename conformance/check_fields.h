/* SPDX-License-Identifier: MIT */
/* Checks of omega_lp and of the mask against their definitions. */
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

#endif
