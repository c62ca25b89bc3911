/* SPDX-License-Identifier: MIT */
/*
 * vulkan_simulation.h - vorticity fields that advance on the device.
 *
 * A step is four dispatches: along y, along x, for each of Heun's two stages, and two more with a filter or dealiasing
 * (shaders/simulate/simulate.glsl). A submission takes as many steps as fit into half of the session's submission_ms:
 * an opening, recorded command buffers of 1, 2, 4 .. steps as the binary digits of the number ask for, and a closing,
 * with a time mark in the first and the last. A step that does not fit goes pass by pass. Between steps the state is
 * SIMULATION_FIELD and what rounding took from it; SIMULATION_BEFORE is the field, transformed along x.
 */
#ifndef VORDEC_VULKAN_SIMULATION_H
#define VORDEC_VULKAN_SIMULATION_H

#include "gpu/buffer.h"
#include "gpu/pace.h"
#include "gpu/vulkan_session.h"
#include "simulation_way.h"
#include "vulkan_simulation_sizes.h"

#define SIMULATION_DOUBLINGS 7 /* command buffers of 2^0 .. 2^6 steps */
#define SIMULATION_LONGEST (1u << (SIMULATION_DOUBLINGS - 1))
#define SIMULATION_STEPS_MAX 1024u /* in one submission */

enum simulation_commands {
  SIMULATION_STEPS = 0,                                         /* + logarithm of the number of steps */
  SIMULATION_OPENING = SIMULATION_STEPS + SIMULATION_DOUBLINGS, /* first time mark */
  SIMULATION_RESET,                                             /* nothing is recorded, no step was taken */
  SIMULATION_TRANSFORM,                                         /* field -> before */
  SIMULATION_CLOSING,                                           /* last time mark; what is recorded -> readback */
  SIMULATION_PASS,                                              /* + number of a step's pass */
  SIMULATION_COPY = SIMULATION_PASS + 6,                        /* recorded anew for each use */
  SIMULATION_COMMANDS
};

/* Command buffers of a submission. */
#define SIMULATION_ROUND_MAX (4 + SIMULATION_STEPS_MAX / SIMULATION_LONGEST + SIMULATION_DOUBLINGS)

enum simulation_buffer {
  SIMULATION_ROOTS = 0,
  SIMULATION_FIELD,
  SIMULATION_REMAINDER, /* in fp32: what rounding took from the field */
  SIMULATION_MIDWAY,    /* nu, dt k1 / 2 */
  SIMULATION_BEFORE,    /* w, transformed along x */
  SIMULATION_PREDICTED, /* w + dt k1, likewise */
  SIMULATION_DERIVED,   /* fields that follow from either */
  SIMULATION_RECORD,    /* shaders/push_constants.h */
  SIMULATION_RECORD_READBACK,
  SIMULATION_UPLOAD,
  SIMULATION_READBACK,
  SIMULATION_BUFFERS
};

enum simulation_pass {
  SIMULATION_PASS_OPEN = 0,
  SIMULATION_PASS_FIRST_COLUMNS,
  SIMULATION_PASS_FIRST_ROWS,
  SIMULATION_PASS_SECOND_COLUMNS,
  SIMULATION_PASS_SECOND_ROWS,
  SIMULATION_PASS_FINISH, /* from here on with a filter or dealiasing only */
  SIMULATION_PASS_CLOSE,
  SIMULATION_PASSES
};

struct vordec_backend_simulation {
  struct vordec_session *session;
  uint64_t serial;                      /* no other simulation of the session ever has it; not 0 */
  struct vordec_simulation_setup setup; /* fft is NULL */
  const struct simulation_way *way;
  struct vulkan_simulation_sizes sizes;
  uint32_t real_bytes;
  struct pace pace; /* of a step */
  struct buffer buffers[SIMULATION_BUFFERS];
  VkPipeline pipelines[SIMULATION_PASSES];
  VkDescriptorPool sets;
  VkDescriptorSet pass_sets[SIMULATION_PASSES];
  VkQueryPool queries; /* two time marks; NULL: no timestamps */
  VkCommandBuffer commands[SIMULATION_COMMANDS];
  bool started;                /* something of the steps that are asked for was done */
  bool transformed;            /* SIMULATION_BEFORE is what it should be */
  bool *lost;                  /* a member's: its field went with `failure`, and was not set again */
  struct vordec_error failure; /* of a call that broke off on its way */
};

/* Whether a step has a pass of its own for its end. */
static inline bool simulation_finishes_apart(const struct vordec_backend_simulation *simulation) {
  return simulation->setup.filter || simulation->setup.dealias;
}

static inline uint32_t simulation_dispatches_a_step(const struct vordec_backend_simulation *simulation) {
  return simulation_finishes_apart(simulation) ? 6 : 4;
}

#endif
