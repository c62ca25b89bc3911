/* SPDX-License-Identifier: MIT */
/* The rollouts of the stub that is the example, with what they keep on their way. */
#ifndef VORDEC_TESTS_STUB_ROLLOUT_H
#define VORDEC_TESTS_STUB_ROLLOUT_H

#include "stub_flow.h"

enum vordec_status stub_rollout_create(const struct stub_flow_place *place, const struct vordec_rollout_setup *setup,
                                       struct vordec_backend_rollout **rollout, struct vordec_error *error);
void stub_rollout_destroy(struct vordec_backend_rollout *rollout);
enum vordec_status stub_rollout_advance(struct vordec_backend_rollout *rollout, uint32_t steps,
                                        struct vordec_rollout_result *result, struct vordec_error *error);
enum vordec_status stub_rollout_read(struct vordec_backend_rollout *rollout, double *z, struct vordec_error *error);

/* The slots of "vordec.trail/1". */
enum vordec_status stub_rollout_reserve(struct vordec_backend_rollout *rollout, uint32_t rows,
                                        struct vordec_error *error);
enum vordec_status stub_rollout_walk(struct vordec_backend_rollout *rollout, uint32_t rows, uint32_t steps,
                                     struct vordec_rollout_result *result, struct vordec_error *error);
enum vordec_status stub_rollout_read_held(struct vordec_backend_rollout *rollout, uint32_t first, uint32_t count,
                                          double *z, struct vordec_error *error);

/* Where the states lie that a job takes from its rollout. */
const double *stub_rollout_held(const struct vordec_decode_job *job);

uint32_t stub_rollout_states(const struct vordec_backend_rollout *rollout);
uint32_t stub_rollout_values(const struct vordec_backend_rollout *rollout); /* of a state */
/* A state as it is now. */
const double *stub_rollout_state(const struct vordec_backend_rollout *rollout, uint32_t state);

#endif
