/* SPDX-License-Identifier: MIT */
/* Checks of what stays behind, and of what a plugin does that is none of its business. */
#ifndef VORDEC_CONFORMANCE_CHECK_MEMORY_H
#define VORDEC_CONFORMANCE_CHECK_MEMORY_H

#include "suite.h"

void check_decode_allocates_nothing(struct suite *suite);
void check_balance(struct suite *suite);
void check_plan_growth(struct suite *suite);
void check_decode_growth(struct suite *suite);
void check_log_lines(struct suite *suite);
void check_silence(struct suite *suite);

#endif
