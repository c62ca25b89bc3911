/* SPDX-License-Identifier: MIT */
/* A state that advances by its operator, on an engine of its own or on a decoder's. */
#ifndef VORDEC_CORE_ROLLOUT_H
#define VORDEC_CORE_ROLLOUT_H

#include "engine.h"
#include "link.h"

struct vordec_rollout {
  struct vordec_runtime *runtime;
  struct engine *engine;
  const struct vordec_rollout_interface *interface;
  struct vordec_backend_rollout *state;
  size_t d, states;
  size_t stride; /* steps of the run that one step of the operator takes */
  enum vordec_precision precision;
  const struct vordec_trail_interface *trail; /* NULL: the backend keeps no rows, and states are decoded one by one */
  size_t room;                                /* rows that there is room for */
  size_t rows, row_steps;                     /* rows that it holds; steps of the run from one row to the next */
  double *copy;                               /* room x states x d, for hashes and visits */
  char why[VORDEC_MESSAGE_MAX];               /* why the backend is not the one asked for; empty if it is */
  struct perf_flags flags;
  const char *op_device;     /* of all steps so far; NULL before the first */
  uint64_t slot_bytes;       /* how much of the device's memory is in slots of its exports */
  uint64_t steps;            /* taken */
  uint64_t unreturned_reads; /* copies to the host since the last step or decode */
  uint64_t host_visits;      /* of these, the ones after which the rollout went on */
  uint64_t hash_readbacks;
  struct link_bytes link;
};

/* All that it holds, row by row. */
static inline size_t rollout_held(const struct vordec_rollout *rollout) {
  return rollout->rows * rollout->states;
}

/* The steps of the run that it had taken at its first row. */
static inline uint64_t rollout_first_step(const struct vordec_rollout *rollout) {
  return rollout->steps * rollout->stride - (rollout->rows - 1) * rollout->row_steps;
}

/* Copies what it holds, within a call on its engine. *z: held x d; it belongs to the rollout and is valid until the
 * next copy. */
enum vordec_status rollout_copy(struct vordec_rollout *rollout, const double **z, struct vordec_error *error);
/* Does the same for the host to compute from, which counts as a visit. */
enum vordec_status rollout_visit(struct vordec_rollout *rollout, const double **z, struct vordec_error *error);

/* Notes that a step or a decode follows: what was read before it counts as a visit to the host. */
void rollout_goes_on(struct vordec_rollout *rollout);

#endif
