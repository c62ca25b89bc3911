/* SPDX-License-Identifier: MIT */
#include "snapshot_training.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "cli/interrupt.h"
#include "cli/progress.h"
#include "science/learn.h"
#include "snapshot_checkpoint.h"

static enum vordec_status fail_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the operator");
}

/* ---- what an earlier run had done ---- */

static enum vordec_status record_frame(const struct snapshot_states *states, struct snapshot_record *record,
                                       struct vordec_error *error) {
  const size_t i = states->count - 1, d = states->info.d;
  const struct recorded_frame frame = {
      .index = i,
      .totals = snapshot_truth_totals(&states->truth, i),
      .z = states->z + i * d,
      .omega = snapshot_states_records_field(states, i) ? states->omega : NULL,
      .sum = snapshot_states_records_sum(states, i) ? states->truth.sum : NULL,
  };
  return snapshot_record_add_frame(record, d, states->n * states->n, &frame, error);
}

/* The field of a recorded frame into omega, where it is there or needed. */
static enum vordec_status recall_field(struct snapshot_states *states, const struct recorded_frame *frame,
                                       struct vordec_error *error) {
  const size_t i = frame->index;
  enum vordec_status status = VORDEC_OK;
  if (frame->omega) {
    memcpy(states->omega, frame->omega, states->n * states->n * sizeof *frame->omega);
    return states->saved ? trajectory_output_append(states->saved, frame->omega, error) : VORDEC_OK;
  }
  if (!states->frames->stored) return VORDEC_OK;
  status = frame_source_reset(states->frames, i, NULL, error);
  const bool shown = i % states->request->simulation.stride == 0 || i <= states->training.last;
  return !status && shown && states->truth.fields ? frame_source_next(states->frames, states->omega, error) : status;
}

/* A simulation can go on from a field only if the sum of the training frames goes on with it. */
static enum vordec_status recall_place(struct snapshot_states *states, const struct recorded_frame *frame,
                                       struct vordec_error *error) {
  const size_t next = frame->index + 1;
  if (!frame->omega || !snapshot_truth_complete(&states->truth, next)) return VORDEC_OK;
  return frame_source_reset(states->frames, next, frame->omega, error);
}

/* What the sum of the training frames makes of it. */
static enum vordec_status recall_sum(struct snapshot_states *states, const struct recorded_frame *frame,
                                     struct vordec_error *error) {
  struct snapshot_truth *truth = &states->truth;
  if (frame->sum) {
    snapshot_truth_recall(truth, frame->index, frame->sum);
  } else if ((frame->omega || states->frames->stored) && snapshot_truth_is_next(truth, frame->index)) {
    snapshot_truth_learn(truth, frame->index, states->omega);
  } else {
    return VORDEC_OK;
  }
  return states->device.comparer ? snapshot_comparer_set_sum(&states->device, truth->sum, error) : VORDEC_OK;
}

static enum vordec_status check_index(const struct snapshot_states *states, size_t i, struct vordec_error *error) {
  if (i > states->steps && i <= states->count) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "--resume: the run is beyond step %zu already; ask for at least as many steps as before",
                       states->steps);
  }
  if (i == 0 || i > states->count) {
    return vordec_fail(error, VORDEC_E_INPUT, 0,
                       "--resume: frame %zu is in the wrong place of the journal; leave --resume out to start again",
                       i);
  }
  return VORDEC_OK;
}

/* Whether frame i is of no use without its field. */
static bool needs_field(const struct snapshot_states *states, size_t i) {
  if (states->frames->stored) return false;
  const struct snapshot_request *request = states->request;
  return request->save_traj || (states->truth.fields && i % request->simulation.stride == 0);
}

static enum vordec_status recall_frame(struct snapshot_states *states, const struct recorded_frame *frame,
                                       struct vordec_error *error) {
  const size_t d = states->info.d, i = frame->index;
  const enum vordec_status checked = check_index(states, i, error);
  if (checked) return checked;
  if (!frame->z) return snapshot_checkpoint_recall(states, frame, error);
  if (needs_field(states, i) && !frame->omega) return VORDEC_OK;
  memcpy(states->z + i * d, frame->z, d * sizeof *frame->z);
  const enum vordec_status status = recall_field(states, frame, error);
  if (status) return status;
  enum vordec_status recalled = recall_sum(states, frame, error);
  if (!recalled && frame->omega && states->device.comparer) {
    recalled = snapshot_comparer_recall(&states->device, i, frame->omega, error);
  }
  if (recalled) return recalled;
  const bool here = frame->omega || states->frames->stored;
  snapshot_truth_keep(&states->truth, i, here ? states->omega : NULL, &frame->totals);
  states->count = i + 1;
  return recall_place(states, frame, error);
}

/* A simulation goes on behind the last frame from which it can, or at its start, unless it had come to its end; a file
 * at the first frame that has no state. */
static enum vordec_status stand(struct snapshot_states *states, struct vordec_error *error) {
  if (states->frames->stored) return frame_source_reset(states->frames, states->count, NULL, error);
  const bool ended = states->count > states->steps && snapshot_truth_complete(&states->truth, states->count);
  if (!ended) states->count = states->frames->at;
  return VORDEC_OK;
}

/* A run that is made longer saves a longer trajectory. */
struct trajectory_mark {
  char text[32];
};
static struct trajectory_mark trajectory_mark(const struct snapshot_states *states) {
  struct trajectory_mark mark;
  snprintf(mark.text, sizeof mark.text, "%zu steps", states->steps);
  return mark;
}

static enum vordec_status recall_frames(struct snapshot_states *states, struct snapshot_record *record,
                                        struct vordec_error *error) {
  const size_t d = states->info.d, cells = states->n * states->n;
  enum vordec_status status = VORDEC_OK;
  for (void *memory = NULL; !status; free(memory)) {
    struct recorded_frame frame;
    status = snapshot_record_next(record, d, cells, &frame, &memory, error);
    if (!memory) break;
    if (!status && states->frames) status = recall_frame(states, &frame, error);
  }
  if (status || !states->frames) return status;
  status = stand(states, error);
  const struct snapshot_name traj = snapshot_array_name(states->request, SNAPSHOT_TRAJ);
  const struct trajectory_mark mark = trajectory_mark(states);
  if (status || !states->saved || !snapshot_record_has_file(record, traj.text, mark.text)) return status;
  trajectory_output_destroy(states->saved);
  states->saved = NULL;
  return VORDEC_OK;
}

/* Frames of one run are made by one and the same. A record that does not say by what (an older version's) is believed.
 */
static enum vordec_status check_maker(const struct snapshot_states *states, struct snapshot_record *record,
                                      struct vordec_error *error) {
  char maker[SNAPSHOT_MAKER_MAX];
  snapshot_states_maker(states, maker);
  if (record->maker ? strcmp(record->maker, maker) == 0 : states->count > 1) return VORDEC_OK;
  if (!record->maker) return snapshot_record_add_maker(record, maker, error);
  return vordec_fail(error, VORDEC_E_USAGE, 0,
                     "--resume: the frames so far were %.240s, but this run would continue %.240s; make the same "
                     "device available again, or leave --resume out to start again",
                     record->maker, maker);
}

/* ---- what is left to do ---- */

enum vordec_status snapshot_training_take(struct snapshot_states *states, struct snapshot_record *record, size_t end,
                                          struct progress *progress, struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  while (!status && states->count <= end && states->count <= states->steps && !interrupt_came()) {
    status = snapshot_states_take(states, error);
    if (!status) status = record_frame(states, record, error);
    if (!status && snapshot_checkpoint_due(states)) status = snapshot_checkpoint_add(states, record, error);
    if (progress) progress_at(progress, states->count - 1);
  }
  return !status && interrupt_came() ? snapshot_checkpoint_add(states, record, error) : status;
}

static enum vordec_status take_frames(struct snapshot_states *states, struct snapshot_record *record,
                                      struct vordec_error *error) {
  const struct snapshot_request *request = states->request;
  struct progress progress;
  progress_start(&progress, request->traj.path ? "encode" : "simulate", states->steps, request->progress_every);
  const enum vordec_status status = snapshot_training_take(states, record, states->steps, &progress, error);
  progress_end(&progress);
  return status;
}

/* Puts the saved trajectory in its place, with the frames there are, also of a simulation that broke down. */
static enum vordec_status commit(struct snapshot_states *states, enum vordec_status status,
                                 struct vordec_error *error) {
  struct vordec_error second = {0};
  if (!states->saved) return status;
  const size_t frames = trajectory_output_frames(states->saved);
  const enum vordec_status saved =
      trajectory_output_commit(states->saved, 1, states->frames->at - 1, status ? &second : error);
  if (!status || saved) return status ? status : saved;
  const struct vordec_error inner = *error;
  return vordec_fail(error, inner.status, inner.reason, "%.400s; %s_%s holds the %zu frames before", inner.message,
                     states->request->prefix, snapshot_array_name(states->request, SNAPSHOT_TRAJ).text, frames);
}

/* With fewer equations than unknowns the operator can take any frames over as they are. */
static void warn_few_frames(const struct snapshot_states *states) {
  const struct snapshot_request *request = states->request;
  const size_t frames = states->training.last + 1, d = states->info.d;
  char text[320], where[80];
  if (frames > d) return;
  if (states->training.last < states->steps) {
    snprintf(where, sizeof where, "only steps after %zu show what it is worth", states->training.last);
  } else {
    snprintf(where, sizeof where, "no step of this run shows what it is worth");
  }
  snprintf(text, sizeof text,
           "the operator is learnt from %zu frames and has %zu unknowns per column: it can reproduce the training "
           "frames whatever they are, so %s",
           frames, d, where);
  request->log(request->log_ctx, VORDEC_LOG_WARNING, text);
}

/* Learns the operator, or reads the one that the run had learnt. */
static enum vordec_status find_operator(struct snapshot_states *states, const struct snapshot_record *record,
                                        struct vordec_error *error) {
  const struct snapshot_request *request = states->request;
  const size_t d = states->info.d;
  if (snapshot_record_has_file(record, snapshot_array_name(request, SNAPSHOT_A).text, "")) {
    char *path = snapshot_array_path(request, SNAPSHOT_A);
    const enum vordec_status status =
        path ? operator_file_read(path, d, "the journal", &states->op, error) : fail_memory(error);
    free(path);
    return status;
  }
  states->op.a = calloc(d, d * sizeof *states->op.a);
  if (!states->op.a) return fail_memory(error);
  states->op.d = d;
  warn_few_frames(states);
  const struct learn_series series = {states->z, states->training.last + 1};
  const struct learn_desc desc = {
      .series = &series, .count = 1, .total = 1, .d = d, .ridge = request->ridge, .threads = request->encoding.threads};
  return learn_operator(&desc, NULL, states->op.a, error);
}

enum vordec_status snapshot_training_recall(struct snapshot_states *states, struct snapshot_record *record,
                                            size_t *recalled, struct vordec_error *error) {
  const enum vordec_status status = recall_frames(states, record, error);
  if (status || !states->frames) return status;
  *recalled = states->count - 1;
  return check_maker(states, record, error);
}

enum vordec_status snapshot_training_save(struct snapshot_states *states, struct snapshot_record *record,
                                          enum vordec_status status, struct vordec_error *error) {
  const bool saved = states->saved != NULL;
  status = commit(states, status, error);
  if (status || !saved || interrupt_came()) return status;
  return snapshot_record_add_file(record, snapshot_array_name(states->request, SNAPSHOT_TRAJ).text,
                                  trajectory_mark(states).text, error);
}

enum vordec_status snapshot_training_complete(struct snapshot_states *states, struct snapshot_record *record,
                                              size_t *recalled, struct vordec_error *error) {
  enum vordec_status status = snapshot_training_recall(states, record, recalled, error);
  if (status || !states->frames) return status;
  status = snapshot_training_save(states, record, take_frames(states, record, error), error);
  return status || interrupt_came() ? status : find_operator(states, record, error);
}
