/* SPDX-License-Identifier: MIT */
/* Checks of the optional interface vordec.encode/1. */
#ifndef VORDEC_CONFORMANCE_CHECK_ENCODE_H
#define VORDEC_CONFORMANCE_CHECK_ENCODE_H

#include "suite.h"

void check_encode_modes(struct suite *suite);
void check_encode_little(struct suite *suite);
void check_encode_mask(struct suite *suite);
void check_encode_batches(struct suite *suite);
void check_encode_members(struct suite *suite);
void check_encode_refusals(struct suite *suite);
void check_encode_evidence(struct suite *suite);
void check_encode_without_memory(struct suite *suite);

#endif
