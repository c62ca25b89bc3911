/* Checks of the optional interface vordec.rollout/1. */
#ifndef VORDEC_KIT_CHECK_ROLLOUT_H
#define VORDEC_KIT_CHECK_ROLLOUT_H

#include "check.h"

void check_rollout_steps(struct kit *kit);
void check_rollout_deterministic(struct kit *kit);
void check_rollout_splits(struct kit *kit);
void check_rollout_decode(struct kit *kit);
void check_rollout_evidence(struct kit *kit);
void check_rollout_without_memory(struct kit *kit);

#endif
