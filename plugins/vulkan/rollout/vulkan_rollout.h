/*
 * vulkan_rollout.h - a state that advances on the device, z <- z A.
 *
 * A submission takes as many steps as fit into half of the session's submission_ms: an opening, recorded command
 * buffers of 1, 2, 4 .. 256 steps as the binary digits of the number ask for, and a closing, with a time mark in the
 * first and the last. Before and after each of these the state is in the buffer z.
 */
#ifndef VORDEC_VULKAN_ROLLOUT_H
#define VORDEC_VULKAN_ROLLOUT_H

#include "gpu/buffer.h"
#include "gpu/pace.h"
#include "gpu/vulkan_session.h"

#define ROLLOUT_DOUBLINGS 9 /* command buffers of 2^0 .. 2^8 steps */
#define ROLLOUT_LONGEST (1u << (ROLLOUT_DOUBLINGS - 1))
#define ROLLOUT_STEPS_MAX 4096u /* in one submission */

enum rollout_commands {
  ROLLOUT_STEPS = 0,                                   /* + logarithm of the number of steps */
  ROLLOUT_OPENING = ROLLOUT_STEPS + ROLLOUT_DOUBLINGS, /* first time mark */
  ROLLOUT_CLOSING,                                     /* last time mark */
  ROLLOUT_PUBLISH,                                     /* z -> handover */
  ROLLOUT_READ,                                        /* z -> readback */
  ROLLOUT_TRIAL,                                       /* trial_steps steps, of which the state knows nothing */
  ROLLOUT_COMMANDS
};

struct state_handover;

struct vordec_backend_rollout {
  struct vordec_session *session;
  uint32_t d, pitch; /* values in a state; the same, padded, as rows of A and states are stored */
  enum vordec_precision precision;
  uint32_t real_bytes, trial_steps;
  struct pace pace; /* of a step */
  struct buffer a, z, next, readback;
  struct state_handover *handover;
  VkDescriptorPool sets;
  VkQueryPool queries; /* two time marks; NULL: no timestamps */
  VkCommandBuffer commands[ROLLOUT_COMMANDS];
  struct vordec_error failure; /* status OK: the state is what the calls say; else a call broke off on its way */
};

/* The failure that cost the rollout its state, or the session, if there was one. */
enum vordec_status rollout_alive(const struct vordec_backend_rollout *rollout, struct vordec_error *error);

/* Whether a plan with this handover can decode the state: E_UNSUPPORTED if precision or length differ, or the failure
 * of rollout_alive(). */
enum vordec_status rollout_check(const struct vordec_backend_rollout *rollout, const struct state_handover *handover,
                                 struct vordec_error *error);

/* Copies the state into the handover: to be submitted ahead of the commands that take it out. */
static inline VkCommandBuffer rollout_publishing(const struct vordec_backend_rollout *rollout) {
  return rollout->commands[ROLLOUT_PUBLISH];
}

#endif
