/* SPDX-License-Identifier: MIT */
#include "snapshot_checkpoint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "cli/frames/simulation_frames.h"
#include "core/base/clock.h"

#define EVERY_S 20.0

static double seconds_between(void) {
  const char *text = getenv("VORDEC_JOURNAL_SECONDS");
  char *end = NULL;
  const double seconds = text ? strtod(text, &end) : NAN;
  return text && *text && !*end && seconds >= 0.0 ? seconds : EVERY_S;
}

bool snapshot_checkpoint_due(struct snapshot_states *states) {
  struct snapshot_checkpoint *last = &states->checkpoint;
  const double now = clock_s(), between = seconds_between();
  if (last->made_s == 0) last->made_s = now;
  return between == 0 || now - last->made_s >= between;
}

/* The sum of the training frames, and the last of them, if they are over. */
static enum vordec_status fetch_known(struct snapshot_states *states, struct recorded_frame *checkpoint,
                                      struct vordec_error *error) {
  struct snapshot_truth *truth = &states->truth;
  if (!truth->fields) return VORDEC_OK;
  enum vordec_status status = snapshot_comparer_get_sum(&states->device, truth->sum, error);
  checkpoint->sum = truth->sum;
  if (status || checkpoint->index < states->training.last) return status;
  checkpoint->last_training = truth->last_training_field;
  return snapshot_comparer_get_last_training(&states->device, truth->last_training_field, error);
}

enum vordec_status snapshot_checkpoint_add(struct snapshot_states *states, struct snapshot_record *record,
                                           struct vordec_error *error) {
  struct recorded_frame checkpoint = {.index = states->count - 1, .omega = states->omega};
  if (!snapshot_states_stay(states) || checkpoint.index == states->checkpoint.frame) return VORDEC_OK;
  if (states->frames->at != states->count) return VORDEC_OK; /* all frames were recalled: the simulation is behind */
  struct vordec_simulation *simulation = simulation_frames_simulation(states->frames);
  enum vordec_status status = vordec_simulation_read(simulation, 0, states->omega, error);
  if (!status) status = fetch_known(states, &checkpoint, error);
  if (!status) status = snapshot_record_add_checkpoint(record, states->n * states->n, &checkpoint, error);
  if (status) return status;
  const size_t fields = 1 + (checkpoint.sum ? 1u : 0u) + (checkpoint.last_training ? 1u : 0u);
  snapshot_states_count(states, &states->uses.journal, fields);
  states->checkpoint = (struct snapshot_checkpoint){clock_s(), checkpoint.index};
  return VORDEC_OK;
}

static enum vordec_status recall_known(struct snapshot_states *states, const struct recorded_frame *checkpoint,
                                       struct vordec_error *error) {
  struct snapshot_truth *truth = &states->truth;
  const size_t bytes = truth->cells * sizeof(double);
  const bool behind = checkpoint->index >= states->training.last;
  snapshot_truth_recall(truth, checkpoint->index, checkpoint->sum);
  if (behind) memcpy(truth->last_training_field, checkpoint->last_training, bytes);
  if (!states->device.comparer) return VORDEC_OK;
  const enum vordec_status status = snapshot_comparer_set_sum(&states->device, truth->sum, error);
  if (status || !behind) return status;
  return snapshot_comparer_set_last_training(&states->device, truth->last_training_field, error);
}

enum vordec_status snapshot_checkpoint_recall(struct snapshot_states *states, const struct recorded_frame *checkpoint,
                                              struct vordec_error *error) {
  const size_t i = checkpoint->index;
  const bool has_truth = states->truth.fields != NULL, behind = i >= states->training.last;
  if (has_truth && (!checkpoint->sum || (behind && !checkpoint->last_training))) {
    return vordec_fail(error, VORDEC_E_INPUT, 0,
                       "--resume: the checkpoint behind frame %zu of the journal is of another run; leave --resume out "
                       "to start again",
                       i);
  }
  const enum vordec_status status = has_truth ? recall_known(states, checkpoint, error) : VORDEC_OK;
  if (status) return status;
  states->checkpoint.frame = i;
  memcpy(states->omega, checkpoint->omega, states->n * states->n * sizeof *states->omega);
  return frame_source_reset(states->frames, i + 1, states->omega, error);
}
