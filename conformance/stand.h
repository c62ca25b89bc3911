/* SPDX-License-Identifier: MIT */
/* Rollouts of several states, for the checks of vordec.rollout/2 and vordec.trail/1. */
#ifndef VORDEC_CONFORMANCE_STAND_H
#define VORDEC_CONFORMANCE_STAND_H

#include "roll.h"
#include "suite.h"

/* An operator and several states, the last of which is the first once more. */
struct batch {
  struct roll op;
  uint32_t states;
  double *z0; /* states x d */
};

struct batch batch_create(uint32_t d, uint32_t states);
void batch_destroy(struct batch *made);

/* A rollout of some of a batch's states under the plugin's interface; of one where it has none of several. */
struct stand {
  struct suite *suite;
  const struct vordec_rollout_interface *interface;
  struct vordec_backend_rollout *rollout; /* NULL: nothing was made */
  uint32_t d, states;
};

/* Of `states` states from `first` on. A shortfall, and no rollout, if that fails. */
struct stand stand_open(struct suite *suite, struct vordec_session *session, const struct batch *batch, uint32_t first,
                        uint32_t states, enum vordec_precision precision);
void stand_close(struct stand *stand);

/* False, and a shortfall, if the call fails, takes memory, or writes where it must not. */
bool stand_advance(const struct stand *stand, uint32_t steps, struct vordec_rollout_result *result, double *host_ms);
bool stand_read(const struct stand *stand, double *z);

/* Those that the device has. */
size_t stand_precisions(const struct suite *suite, enum vordec_precision list[2]);

/* Whether a call went well; a shortfall if it did not. */
bool stand_judge(struct suite *suite, const char *slot, enum vordec_status status, const struct vordec_error *error);

#endif
