/* SPDX-License-Identifier: MIT */
/*
 * roll.h - an operator and a state, and a rollout of them by the plugin under test. What fails is recorded as a
 * shortfall of the running check.
 */
#ifndef VORDEC_CONFORMANCE_ROLL_H
#define VORDEC_CONFORMANCE_ROLL_H

#include "suite.h"

/* A d x d matrix without symmetry that neither grows nor shrinks states much, and a state. */
struct roll {
  uint32_t d;
  double *a, *z0;
};

/* Aborts without memory. */
struct roll roll_create(uint32_t d);
void roll_destroy(struct roll *op);

/* Begins a rollout. NULL: refused or fell short; a refusal for want of a deterministic sum is none of the latter. */
struct vordec_backend_rollout *roll_start(struct suite *suite, struct vordec_session *session, const struct roll *op,
                                          enum vordec_precision precision, bool deterministic);
/* host_ms: the call's time on the host's clock. */
bool roll_advance(struct suite *suite, struct vordec_backend_rollout *rollout, uint32_t steps,
                  struct vordec_rollout_result *result, double *host_ms);
bool roll_read(struct suite *suite, struct vordec_backend_rollout *rollout, uint32_t d, double *z);

#endif
