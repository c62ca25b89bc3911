/* SPDX-License-Identifier: MIT */
/* The check of the optional interface vordec.bandwidth/1. */
#ifndef VORDEC_CONFORMANCE_CHECK_BANDWIDTH_H
#define VORDEC_CONFORMANCE_CHECK_BANDWIDTH_H

#include "suite.h"

void check_fill(struct suite *suite);

/* A slot that times something done to `bytes` bytes; its name, for the shortfall. */
typedef enum vordec_status (*bandwidth_slot)(struct vordec_session *session, uint64_t bytes,
                                             struct vordec_bandwidth_result *result, struct vordec_error *error);
void bandwidth_judge(struct suite *suite, const char *slot, bandwidth_slot run, uint64_t bytes);

#endif
