/* SPDX-License-Identifier: MIT */
/* A state that advances by its operator, on an engine of its own or on a decoder's. */
#ifndef VORDEC_CORE_ROLLOUT_H
#define VORDEC_CORE_ROLLOUT_H

#include "engine.h"

struct vordec_rollout {
  struct vordec_runtime *runtime;
  struct engine *engine;
  const struct vordec_rollout_interface *interface;
  struct vordec_backend_rollout *state;
  size_t d, states;
  size_t stride; /* steps of the run that one step of the operator takes */
  enum vordec_precision precision;
  double *copy;                 /* states x d, for hashes and visits */
  char why[VORDEC_MESSAGE_MAX]; /* why the backend is not the one asked for; empty if it is */
  struct perf_flags flags;
  const char *op_device;     /* of all steps so far; NULL before the first */
  uint64_t steps;            /* taken */
  uint64_t unreturned_reads; /* copies to the host since the last step or decode */
  uint64_t host_visits;      /* of these, those after which the rollout went on */
  uint64_t hash_readbacks;
};

/* Copies its states within a call on its engine, for the host to compute from: a visit. *z: states x d, the rollout's
 * own, until the next copy. */
enum vordec_status rollout_visit(struct vordec_rollout *rollout, const double **z, struct vordec_error *error);

/* A step or a decode follows: what was read before it was a visit to the host. */
void rollout_goes_on(struct vordec_rollout *rollout);

#endif
