/* SPDX-License-Identifier: MIT */
/* Checks of the optional interface vordec.adjoint/2. */
#ifndef VORDEC_CONFORMANCE_CHECK_ADJOINT_SHARED_H
#define VORDEC_CONFORMANCE_CHECK_ADJOINT_SHARED_H

#include "suite.h"

void check_adjoint_shared_bits(struct suite *suite);
void check_adjoint_shared_handles(struct suite *suite);
void check_adjoint_shared_evidence(struct suite *suite);
void check_adjoint_shared_without_memory(struct suite *suite);

#endif
