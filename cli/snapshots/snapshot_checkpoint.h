/* SPDX-License-Identifier: MIT */
/*
 * Where a simulation stands whose fields stay on its device. To put that down they have to be read, so it is done when
 * a signal ends the run, and every so often in time: what a killed run loses is simulated again, to the same bits.
 */
#ifndef VORDEC_CLI_SNAPSHOTS_SNAPSHOT_CHECKPOINT_H
#define VORDEC_CLI_SNAPSHOTS_SNAPSHOT_CHECKPOINT_H

#include "snapshot_states.h"

/* Whether it is time for one behind the last frame that was taken. */
bool snapshot_checkpoint_due(struct snapshot_states *states);

/* Makes one there. Nothing where frames are recorded with their fields, or where there is one already. */
enum vordec_status snapshot_checkpoint_add(struct snapshot_states *states, struct snapshot_record *record,
                                           struct vordec_error *error);

/* Goes back to one of an earlier run, whose frames so far were recalled. E_INPUT: it does not hold what it has to. */
enum vordec_status snapshot_checkpoint_recall(struct snapshot_states *states, const struct recorded_frame *checkpoint,
                                              struct vordec_error *error);

#endif
