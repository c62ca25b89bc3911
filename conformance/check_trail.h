/* SPDX-License-Identifier: MIT */
/* Checks of the optional interface vordec.trail/1. */
#ifndef VORDEC_CONFORMANCE_CHECK_TRAIL_H
#define VORDEC_CONFORMANCE_CHECK_TRAIL_H

#include "suite.h"

void check_trail_rows(struct suite *suite);
void check_trail_decode(struct suite *suite);
void check_trail_not_finite(struct suite *suite);
void check_trail_evidence(struct suite *suite);
void check_trail_without_memory(struct suite *suite);

#endif
