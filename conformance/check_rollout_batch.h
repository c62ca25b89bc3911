/* SPDX-License-Identifier: MIT */
/* Checks of the optional interface vordec.rollout/2. */
#ifndef VORDEC_CONFORMANCE_CHECK_ROLLOUT_BATCH_H
#define VORDEC_CONFORMANCE_CHECK_ROLLOUT_BATCH_H

#include "suite.h"

void check_rollout_batch(struct suite *suite);
void check_rollout_batch_decode(struct suite *suite);
void check_rollout_batch_not_finite(struct suite *suite);
void check_rollout_batch_evidence(struct suite *suite);
void check_rollout_batch_without_memory(struct suite *suite);

#endif
