/* SPDX-License-Identifier: MIT */
/* Checks of the optional interface vordec.stream/1. */
#ifndef VORDEC_CONFORMANCE_CHECK_STREAM_H
#define VORDEC_CONFORMANCE_CHECK_STREAM_H

#include "suite.h"

void check_stream_turns(struct suite *suite);
void check_stream_evidence(struct suite *suite);
void check_stream_rollout(struct suite *suite);
void check_stream_failure(struct suite *suite);
void check_lent_memory(struct suite *suite);
void check_lent_fields(struct suite *suite);
void check_lent_without_memory(struct suite *suite);
void check_link(struct suite *suite);

#endif
