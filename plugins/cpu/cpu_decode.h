/* SPDX-License-Identifier: MIT */
/*
 * cpu_decode.h - one decode: every state through the five stages.
 */
#ifndef VORDEC_CPU_DECODE_H
#define VORDEC_CPU_DECODE_H

#include "cpu_plan.h"

/* The decode() slot of the backend's table (vordec/backend.h). If there are at least as many states as threads, each
 * thread takes whole states; otherwise the threads share the rows of one state after the other, as many threads as the
 * grid keeps busy. The bits are the same. */
enum vordec_status cpu_decode(struct vordec_plan *plan, const struct vordec_decode_job *job,
                              struct vordec_decode_result *result, struct vordec_error *error);

#endif
