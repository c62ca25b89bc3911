/* SPDX-License-Identifier: MIT */
/* What a run of snapshots does before it rolls out: frames, one after the other, and the operator learnt from them. */
#ifndef VORDEC_CLI_SNAPSHOTS_SNAPSHOT_TRAINING_H
#define VORDEC_CLI_SNAPSHOTS_SNAPSHOT_TRAINING_H

#include "cli/progress.h"
#include "snapshot_states.h"

/* Takes the frames that are still to be taken and learns the operator, as far as the record does not hold them already,
 * and books them there; *recalled: frames that an earlier run had taken. Stops early, without an operator, if a signal
 * comes. A simulation that breaks down leaves the frames before in the saved trajectory. */
enum vordec_status snapshot_training_complete(struct snapshot_states *states, struct snapshot_record *record,
                                              size_t *recalled, struct vordec_error *error);

/* The parts of it but the operator, for a run that learns together with others. First what the record holds; */
enum vordec_status snapshot_training_recall(struct snapshot_states *states, struct snapshot_record *record,
                                            size_t *recalled, struct vordec_error *error);
/* then the frames up to `end`; progress may be NULL; */
enum vordec_status snapshot_training_take(struct snapshot_states *states, struct snapshot_record *record, size_t end,
                                          struct progress *progress, struct vordec_error *error);
/* at last the saved trajectory, behind the last frame or the failure that `status` and error tell of. */
enum vordec_status snapshot_training_save(struct snapshot_states *states, struct snapshot_record *record,
                                          enum vordec_status status, struct vordec_error *error);

#endif
