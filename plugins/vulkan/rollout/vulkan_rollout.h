/* SPDX-License-Identifier: MIT */
/*
 * vulkan_rollout.h - states that advance on the device, z <- z A.
 *
 * A submission takes as many steps as fit into half of the session's submission_ms: an opening, recorded command
 * buffers of 1, 2, 4 .. 256 steps as the binary digits of the number ask for, and a closing, with a time mark in the
 * first and the last. Before and after each of these the states are in the buffer z. More states than the work of
 * ROLLOUT_WAVE_CELLS take their steps in waves, one after the other, so that a step of a wave never lasts long.
 *
 * A walk stops every so many steps for a copy of the states, in the same submission as long as there is one wave
 * (rollout_trail.h). Decodes copy from there, or from z (plan/rolled_states.h).
 */
#ifndef VORDEC_VULKAN_ROLLOUT_H
#define VORDEC_VULKAN_ROLLOUT_H

#include "gpu/buffer.h"
#include "gpu/pace.h"
#include "gpu/vulkan_session.h"
#include "push_constants.h"

#define ROLLOUT_DOUBLINGS 9 /* command buffers of 2^0 .. 2^8 steps */
#define ROLLOUT_LONGEST (1u << (ROLLOUT_DOUBLINGS - 1))
#define ROLLOUT_STEPS_MAX 4096u /* in one submission */
#define ROLLOUT_WAVE_CELLS (1u << 26)

/* Command buffers; behind these come those of steps, ROLLOUT_DOUBLINGS for each wave. */
enum rollout_commands {
  ROLLOUT_OPENING = 0, /* first time mark */
  ROLLOUT_CLOSING,     /* last time mark */
  ROLLOUT_READ,        /* z -> readback */
  ROLLOUT_TRIAL,       /* trial_steps steps of trial_groups, of which the states know nothing */
  ROLLOUT_STEPS
};

/* Rows of all states, as they were on the way. */
struct rollout_trail {
  struct buffer rows;    /* one behind the other, without padding between; NULL: there is no room for any */
  VkCommandBuffer *keep; /* z -> a row, for each */
  uint32_t room, kept;   /* rows; kept 0: all that is held is in z */
};

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
  struct rollout_trail trail;
  VkDescriptorPool sets;
  VkQueryPool queries;         /* two time marks; NULL: no timestamps */
  VkPipeline batch_pipeline;   /* to be released; NULL for one state */
  VkCommandBuffer *commands;   /* NULL or all of them */
  struct vordec_error failure; /* status OK: the state is what the calls say; else a call broke off on its way */
};

/* The failure that cost the rollout its state, or the session, if there was one. */
enum vordec_status rollout_alive(const struct vordec_backend_rollout *rollout, struct vordec_error *error);

/* Values that a state of d takes in a rollout. */
static inline uint32_t rollout_pitch(uint32_t d) {
  return (d + VORDEC_ROLLOUT_COLUMNS - 1) / VORDEC_ROLLOUT_COLUMNS * VORDEC_ROLLOUT_COLUMNS;
}

/* Of A, and of a state, as they are stored. */
static inline uint64_t rollout_row_bytes(const struct vordec_backend_rollout *rollout) {
  return (uint64_t)rollout->pitch * rollout->real_bytes;
}

/* 2^doubling steps of a wave. */
static inline uint32_t rollout_steps_id(uint32_t wave, uint32_t doubling) {
  return ROLLOUT_STEPS + wave * ROLLOUT_DOUBLINGS + doubling;
}

/* Where a state lies that the rollout holds; those behind it follow without a gap. */
struct rollout_place {
  const struct buffer *buffer;
  uint64_t offset;
};

static inline struct rollout_place rollout_state_at(const struct vordec_backend_rollout *rollout, uint64_t state) {
  const struct buffer *buffer = rollout->trail.kept ? &rollout->trail.rows : &rollout->z;
  return (struct rollout_place){buffer, state * rollout_row_bytes(rollout)};
}

#endif
