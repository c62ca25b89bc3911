/* SPDX-License-Identifier: MIT */
/* The metrics of an ensemble: one object for all members of a process. */
#ifndef VORDEC_CLI_ENSEMBLE_ENSEMBLE_METRICS_H
#define VORDEC_CLI_ENSEMBLE_ENSEMBLE_METRICS_H

#include <cjson/cJSON.h>

#include "cli/snapshots/snapshot_run.h"

struct ensemble_metrics {
  cJSON *root;         /* NULL: no member yet; backends, plan and times are the first's */
  cJSON *frames;       /* what made the members' frames and states; NULL: nothing did, or an earlier run */
  uint64_t kept_bytes; /* of the device's memory, beside each member */
};

/* Remembers what made a member's frames, behind the last of them: it makes none while the member rolls out. */
enum vordec_status ensemble_metrics_note_frames(struct ensemble_metrics *metrics, const struct snapshot_states *states,
                                                struct vordec_error *error);

/* Takes in what a member's run did; entries of results say which member they are of. */
enum vordec_status ensemble_metrics_take(struct ensemble_metrics *metrics, struct snapshot_run *run,
                                         struct vordec_error *error);

/* Accepts a zeroed one. */
void ensemble_metrics_release(struct ensemble_metrics *metrics);

#endif
