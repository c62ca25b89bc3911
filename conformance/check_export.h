/* SPDX-License-Identifier: MIT */
/* vordec.export/1: plans whose fields others see. */
#ifndef VORDEC_CONFORMANCE_CHECK_EXPORT_H
#define VORDEC_CONFORMANCE_CHECK_EXPORT_H

#include "suite.h"

void check_export_fields(struct suite *suite);
void check_export_states(struct suite *suite);
void check_export_handles(struct suite *suite);
void check_export_evidence(struct suite *suite);
void check_export_without_memory(struct suite *suite);

#endif
