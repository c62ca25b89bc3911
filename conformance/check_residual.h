/* SPDX-License-Identifier: MIT */
/* Checks of the optional interface vordec.residual/1. */
#ifndef VORDEC_CONFORMANCE_CHECK_RESIDUAL_H
#define VORDEC_CONFORMANCE_CHECK_RESIDUAL_H

#include "suite.h"

void check_residual_drawn(struct suite *suite);
void check_residual_given(struct suite *suite);
void check_residual_bits(struct suite *suite);
void check_residual_rollout(struct suite *suite);
void check_residual_overflow(struct suite *suite);
void check_residual_fields(struct suite *suite);
void check_residual_without_memory(struct suite *suite);

#endif
