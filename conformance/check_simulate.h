/* SPDX-License-Identifier: MIT */
/* Checks of the optional interface vordec.simulate/1. */
#ifndef VORDEC_CONFORMANCE_CHECK_SIMULATE_H
#define VORDEC_CONFORMANCE_CHECK_SIMULATE_H

#include "suite.h"

void check_simulate_steps(struct suite *suite);
void check_simulate_decay(struct suite *suite);
void check_simulate_round_trip(struct suite *suite);
void check_simulate_splits(struct suite *suite);
void check_simulate_members(struct suite *suite);
void check_simulate_not_finite(struct suite *suite);
void check_simulate_evidence(struct suite *suite);
void check_simulate_without_memory(struct suite *suite);

#endif
