/* SPDX-License-Identifier: MIT */
/* The rollout of a run of snapshots: the state, step by step. */
#ifndef VORDEC_CLI_SNAPSHOTS_SNAPSHOT_ROLLOUT_H
#define VORDEC_CLI_SNAPSHOTS_SNAPSHOT_ROLLOUT_H

#include "cli/progress.h"
#include "snapshot_states.h"

struct snapshot_rollout {
  const struct snapshot_request *request;
  const struct snapshot_states *states;
  struct vordec_decoder *decoder; /* NULL: nothing is decoded */
  struct vordec_metrics *metrics; /* where hashes of states go */
  struct vordec_rollout *rollout;
  struct vordec_run run;
  const char *op_device; /* NULL: not yet known */
};

/* Whether the backend that is to roll out could: a rollout of one number, without a word to the log. */
enum vordec_status snapshot_rollout_try(const struct snapshot_request *request, struct vordec_error *error);

/* Puts the state at its start; the states are complete. decoder: the one that will take states, or NULL. */
enum vordec_status snapshot_rollout_start(struct snapshot_rollout *rollout, struct vordec_runtime *runtime,
                                          struct vordec_decoder *decoder, struct vordec_error *error);
/* Accepts a zeroed one. */
void snapshot_rollout_release(struct snapshot_rollout *rollout);

/* Rolls out to a step, hashing states on the way where that was asked for. Stops early if a signal comes: run.steps
 * says where. */
enum vordec_status snapshot_rollout_advance(struct snapshot_rollout *rollout, size_t step, struct progress *progress,
                                            struct vordec_error *error);

/* Copies the state at run.steps. E_INPUT: it is not finite. */
enum vordec_status snapshot_rollout_read(const struct snapshot_rollout *rollout, double *z, struct vordec_error *error);

/* E_FAILED: the state at run.steps is not finite. For one that is not decoded. */
enum vordec_status snapshot_rollout_check(struct snapshot_rollout *rollout, struct vordec_error *error);

/* Says at which step something failed. E_INPUT of a state that the rollout made: it is not finite. */
enum vordec_status snapshot_rollout_blame(struct snapshot_rollout *rollout, size_t step, enum vordec_status status,
                                          struct vordec_error *error);

#endif
