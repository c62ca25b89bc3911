/* SPDX-License-Identifier: MIT */
/* Checks of making plans: what is refused, how, and what it leaves behind. */
#ifndef VORDEC_CONFORMANCE_CHECK_PLANS_H
#define VORDEC_CONFORMANCE_CHECK_PLANS_H

#include "suite.h"

void check_plan_sizes(struct suite *suite);
void check_plan_fft(struct suite *suite);
void check_plan_window(struct suite *suite);
void check_plan_too_big(struct suite *suite);
void check_plan_without_memory(struct suite *suite);
void check_plan_after_failure(struct suite *suite);

#endif
