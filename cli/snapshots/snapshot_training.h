/* What a run of snapshots does before it rolls out: frames, one after the other, and the operator learnt from them. */
#ifndef VORDEC_CLI_SNAPSHOTS_SNAPSHOT_TRAINING_H
#define VORDEC_CLI_SNAPSHOTS_SNAPSHOT_TRAINING_H

#include "snapshot_states.h"

/* Takes the frames that are still to be taken and learns the operator, as far as the record does not hold them already,
 * and books them there; *recalled: frames that an earlier run had taken. Stops early, without an operator, if a signal
 * comes. A simulation that breaks down leaves the frames before in the saved trajectory. */
enum vordec_status snapshot_training_complete(struct snapshot_states *states, struct snapshot_record *record,
                                              size_t *recalled, struct vordec_error *error);

#endif
