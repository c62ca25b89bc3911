/* SPDX-License-Identifier: MIT */
/* Checks that bits depend on nothing but the input, and that nothing but what was asked for is done. */
#ifndef VORDEC_CONFORMANCE_CHECK_INVARIANCE_H
#define VORDEC_CONFORMANCE_CHECK_INVARIANCE_H

#include "suite.h"

void check_batches(struct suite *suite);
void check_repeats(struct suite *suite);
void check_threads(struct suite *suite);
void check_subsets(struct suite *suite);
void check_two_plans(struct suite *suite);
void check_two_sessions(struct suite *suite);
void check_next_process(struct suite *suite);

#endif
