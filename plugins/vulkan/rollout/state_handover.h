/*
 * state_handover.h - the buffer through which a rollout hands its state to a decode on the device.
 *
 * Plans and rollouts of one session share a mailbox if their states have the same length and precision: a rollout's
 * recorded commands copy its state in, a plan's take it out, in one submission. Neither knows the other, so that any
 * pair fits and either may go first.
 */
#ifndef VORDEC_VULKAN_STATE_HANDOVER_H
#define VORDEC_VULKAN_STATE_HANDOVER_H

#include "gpu/buffer.h"

struct mailbox {
  struct mailbox *next;
  uint32_t d, users;
  enum vordec_precision precision;
  struct buffer buffer; /* d values */
};

/* Finds or makes the session's mailbox for states of d values, and counts one more user. */
enum vordec_status mailbox_take(struct vordec_session *session, uint32_t d, enum vordec_precision precision,
                                struct mailbox **mailbox, struct vordec_error *error);
/* Frees it with its last user. Accepts NULL. The device must have finished with it. */
void mailbox_drop(struct vordec_session *session, struct mailbox *mailbox);

#endif
