/* SPDX-License-Identifier: MIT */
/* What is wrong with the example's decodes: before one, and with what it has made. */
#ifndef VORDEC_TESTS_STUB_SPOIL_H
#define VORDEC_TESTS_STUB_SPOIL_H

#include "deviations.h"

/* Wrong from the start: what is decoded is not what was handed over. */
void stub_spoil_state(enum fault fault, const struct vordec_plan_desc *desc, double *z);

/* adopted: this process is the child of one that opened sessions. */
void stub_spoil_fields(enum fault fault, bool adopted, uint32_t n, const struct vordec_decode_job *job);
void stub_spoil_scalars(enum fault fault, const struct vordec_decode_job *job);
void stub_spoil_evidence(enum fault fault, struct vordec_evidence *evidence, double *stage_ms);

#endif
