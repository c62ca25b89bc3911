/* SPDX-License-Identifier: MIT */
/*
 * state_handover.h - the buffer through which a rollout hands its state to a decode on the device.
 *
 * Plans and rollouts of one session share a handover if their states have the same length and precision: a rollout's
 * recorded commands copy its state in, a plan's take it out, in one submission. Neither knows the other, so that any
 * pair fits and either may go first.
 */
#ifndef VORDEC_VULKAN_STATE_HANDOVER_H
#define VORDEC_VULKAN_STATE_HANDOVER_H

#include "gpu/buffer.h"
#include "gpu/vulkan_session.h"

struct state_handover {
  struct state_handover *next;
  uint32_t d, users;
  enum vordec_precision precision;
  struct buffer buffer; /* d values */
};

/* Finds or makes the session's handover for states of d values, and counts one more user. */
enum vordec_status state_handover_take(struct vordec_session *session, uint32_t d, enum vordec_precision precision,
                                       struct state_handover **handover, struct vordec_error *error);
/* Frees it with its last user. Accepts NULL. The device must have finished with it. */
void state_handover_drop(struct vordec_session *session, struct state_handover *handover);

#endif
