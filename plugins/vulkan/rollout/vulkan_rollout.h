/* SPDX-License-Identifier: MIT */
/*
 * vulkan_rollout.h - states that advance on the device, z <- z A.
 *
 * A submission takes as many steps as fit into half of the session's submission_ms: an opening, recorded command
 * buffers of 1, 2, 4 .. 256 steps as the binary digits of the number ask for, and a closing, with a time mark in the
 * first and the last. Before and after each of these the states are in the buffer z. More states than the work of
 * ROLLOUT_WAVE_CELLS take their steps in waves, one after the other, so that a step of a wave never lasts long.
 */
#ifndef VORDEC_VULKAN_ROLLOUT_H
#define VORDEC_VULKAN_ROLLOUT_H

#include "gpu/buffer.h"
#include "gpu/pace.h"
#include "gpu/vulkan_session.h"

#define ROLLOUT_DOUBLINGS 9 /* command buffers of 2^0 .. 2^8 steps */
#define ROLLOUT_LONGEST (1u << (ROLLOUT_DOUBLINGS - 1))
#define ROLLOUT_STEPS_MAX 4096u /* in one submission */
#define ROLLOUT_WAVE_CELLS (1u << 26)

/* Command buffers; behind these come those of steps, ROLLOUT_DOUBLINGS for each wave, and those that publish (z ->
 * handover), one for each state. */
enum rollout_commands {
  ROLLOUT_OPENING = 0, /* first time mark */
  ROLLOUT_CLOSING,     /* last time mark */
  ROLLOUT_READ,        /* z -> readback */
  ROLLOUT_TRIAL,       /* trial_steps steps of trial_groups, of which the states know nothing */
  ROLLOUT_STEPS
};

struct state_handover;

struct vordec_backend_rollout {
  struct vordec_session *session;
  uint32_t d, pitch; /* values in a state; the same, padded, as rows of A and states are stored */
  enum vordec_precision precision;
  uint32_t real_bytes, trial_steps, trial_groups;
  uint32_t states, group_states; /* all of them; those that a workgroup steps */
  uint32_t groups, wave_groups;  /* of states: all, and most in one wave */
  uint32_t waves;
  struct pace pace; /* of a step of a wave */
  struct buffer a, z, next, readback;
  struct state_handover *handover;
  VkDescriptorPool sets;
  VkQueryPool queries;         /* two time marks; NULL: no timestamps */
  VkPipeline batch_pipeline;   /* to be released; NULL for one state */
  VkCommandBuffer *commands;   /* NULL or all of them */
  struct vordec_error failure; /* status OK: the state is what the calls say; else a call broke off on its way */
};

/* The failure that cost the rollout its state, or the session, if there was one. */
enum vordec_status rollout_alive(const struct vordec_backend_rollout *rollout, struct vordec_error *error);

/* Whether a plan with this handover can decode the state: E_UNSUPPORTED if precision or length differ, or the failure
 * of rollout_alive(). */
enum vordec_status rollout_check(const struct vordec_backend_rollout *rollout, const struct state_handover *handover,
                                 struct vordec_error *error);

/* Of A, and of a state, as they are stored. */
static inline uint64_t rollout_row_bytes(const struct vordec_backend_rollout *rollout) {
  return (uint64_t)rollout->pitch * rollout->real_bytes;
}

/* 2^doubling steps of a wave. */
static inline uint32_t rollout_steps_id(uint32_t wave, uint32_t doubling) {
  return ROLLOUT_STEPS + wave * ROLLOUT_DOUBLINGS + doubling;
}

static inline uint32_t rollout_publish_id(const struct vordec_backend_rollout *rollout, uint32_t state) {
  return rollout_steps_id(rollout->waves, 0) + state;
}

/* Copies a state into the handover: to be submitted ahead of the commands that take it out. */
static inline VkCommandBuffer rollout_publishing(const struct vordec_backend_rollout *rollout, uint32_t state) {
  return rollout->commands[rollout_publish_id(rollout, state)];
}

#endif
