/* SPDX-License-Identifier: MIT */
/* Checks of the optional interface vordec.rollout/1. */
#ifndef VORDEC_CONFORMANCE_CHECK_ROLLOUT_H
#define VORDEC_CONFORMANCE_CHECK_ROLLOUT_H

#include "suite.h"

void check_rollout_steps(struct suite *suite);
void check_rollout_deterministic(struct suite *suite);
void check_rollout_splits(struct suite *suite);
void check_rollout_decode(struct suite *suite);
void check_rollout_not_finite(struct suite *suite);
void check_rollout_evidence(struct suite *suite);
void check_rollout_without_memory(struct suite *suite);

#endif
