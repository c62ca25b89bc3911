/* SPDX-License-Identifier: MIT */
/*
 * roller.h - the steps that tests of rollouts take, as assertions.
 */
#ifndef VORDEC_TEST_ROLLER_H
#define VORDEC_TEST_ROLLER_H

#include "driver.h"

/* The plugin's "vordec.rollout/1"; fails the test if it has none. */
const struct vordec_rollout_interface *roller_interface(const struct harness *harness);

struct vordec_backend_rollout *roller_create(const struct harness *harness, struct vordec_session *session, uint32_t d,
                                             enum vordec_precision precision, const double *a, const double *z0);

/* Several states, z0 of states x d, under "vordec.rollout/2"; the other functions serve them as well. */
struct vordec_backend_rollout *roller_create_batch(const struct harness *harness, struct vordec_session *session,
                                                   const struct vordec_rollout_setup *setup);

/* Takes the steps and checks the evidence: which device, all dispatches, a plausible time. */
void roller_advance(const struct harness *harness, struct vordec_backend_rollout *rollout, uint32_t steps);

/* The state, d doubles, to be freed; of several states ask for as many doubles as all have. */
double *roller_read(const struct harness *harness, struct vordec_backend_rollout *rollout, uint32_t d);

/* A d x d operator that neither grows nor shrinks states much and mixes every entry with a few others; to be freed.
 * Row and column `still` are those of the identity. */
double *roller_operator(uint32_t d, uint32_t still);

#endif
