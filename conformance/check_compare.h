/* SPDX-License-Identifier: MIT */
/* Checks of "vordec.compare/1": comparers. */
#ifndef VORDEC_CONFORMANCE_CHECK_COMPARE_H
#define VORDEC_CONFORMANCE_CHECK_COMPARE_H

#include "suite.h"

void check_compare_sums(struct suite *suite);
void check_compare_offset(struct suite *suite);
void check_compare_kept(struct suite *suite);
void check_compare_members(struct suite *suite);
void check_compare_decodes(struct suite *suite);
void check_compare_evidence(struct suite *suite);
void check_compare_without_memory(struct suite *suite);

#endif
