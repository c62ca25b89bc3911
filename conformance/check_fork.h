/* SPDX-License-Identifier: MIT */
/* The checks of the optional interface vordec.fork/1. */
#ifndef VORDEC_CONFORMANCE_CHECK_FORK_H
#define VORDEC_CONFORMANCE_CHECK_FORK_H

#include "suite.h"

void check_fork(struct suite *suite);
void check_fork_simulation(struct suite *suite);
void check_fork_encoder(struct suite *suite);
void check_fork_comparer(struct suite *suite);

#endif
