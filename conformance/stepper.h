/*
 * stepper.h - an operator and a state, and a rollout of them by the plugin under test. What fails is recorded as a
 * shortfall of the running check.
 */
#ifndef VORDEC_CONFORMANCE_STEPPER_H
#define VORDEC_CONFORMANCE_STEPPER_H

#include "suite.h"

/* A d x d matrix without symmetry that neither grows nor shrinks states much, and a state. */
struct stepper {
  uint32_t d;
  double *a, *z0;
};

/* Aborts without memory. */
struct stepper stepper_create(uint32_t d);
void stepper_destroy(struct stepper *op);

/* Begins a rollout. NULL: refused or fell short; a refusal for want of a deterministic sum is none of the latter. */
struct vordec_backend_rollout *stepper_start(struct suite *suite, struct vordec_session *session,
                                             const struct stepper *op, enum vordec_precision precision,
                                             bool deterministic);
/* host_ms: the call's time on the host's clock. */
bool stepper_advance(struct suite *suite, struct vordec_backend_rollout *rollout, uint32_t steps,
                     struct vordec_rollout_result *result, double *host_ms);
bool stepper_read(struct suite *suite, struct vordec_backend_rollout *rollout, uint32_t d, double *z);

#endif
