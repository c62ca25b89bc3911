/* SPDX-License-Identifier: MIT */
/* Checks of what a decode shows for itself, judged as libvordec judges it. */
#ifndef VORDEC_CONFORMANCE_CHECK_EVIDENCE_H
#define VORDEC_CONFORMANCE_CHECK_EVIDENCE_H

#include "suite.h"

void check_decode_evidence(struct suite *suite);
void check_stage_times(struct suite *suite);
void check_under_libvordec(struct suite *suite);

#endif
