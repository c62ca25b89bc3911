/* SPDX-License-Identifier: MIT */
/* Checks of the optional interface vordec.adjoint/1. */
#ifndef VORDEC_CONFORMANCE_CHECK_ADJOINT_H
#define VORDEC_CONFORMANCE_CHECK_ADJOINT_H

#include "suite.h"

void check_adjoint_sums(struct suite *suite);
void check_adjoint_products(struct suite *suite);
void check_adjoint_batches(struct suite *suite);
void check_adjoint_refusals(struct suite *suite);
void check_adjoint_evidence(struct suite *suite);
void check_adjoint_without_memory(struct suite *suite);

#endif
